/** Streams the rows of a table with a primary key as they were. */
import { AuditRefusedError } from '../../errors.ts';
import type { TransactionalClient } from '../../session.ts';
import {
  type EvidenceKind,
  type EvidenceSource,
  evidenceQuery,
  hasKey,
  linkedKeysQuery,
  movesQuery,
} from './evidence-query.ts';
import { KeyGroups } from './key-groups.ts';
import { fromLive, type LiveTable, printedKey, textsOf } from './live-table.ts';
import type { EvidenceEntry } from './log-entry.ts';
import type { PastTable } from './past-table.ts';
import { readCursor } from './read-cursor.ts';
import type { Evidence, PastRow } from './reconstruct.ts';
import { keyName } from './row-state.ts';

type Key = readonly string[];

/**
 * The rows at the moment, by the texts of their keys; those whose rows have exchanged keys since come last. Only of
 * such rows more than one is held in memory at a time.
 */
export async function* pastRows(
  db: TransactionalClient,
  past: PastTable,
  key?: Key,
): AsyncGenerator<PastRow, void, undefined> {
  const { auditSchema, live, timeline, moment, reconstruction } = past;
  const source: EvidenceSource = { auditSchema, names: timeline.names, live, moment };
  if (key !== undefined) {
    const canonical = await canonicalKey(db, live, key);
    const linked = linkedKeysQuery(source, canonical);
    const { rows } = await db.query(linked.text, [...linked.values]);
    const keys = JSON.parse(rows[0].json as string) as Key[];
    const evidence = createEvidence();
    for await (const row of readEvidence(db, { ...source, keys })) gather(evidence, row);
    const name = keyName(canonical);
    yield* reconstruction.rowsAt(evidence).filter(({ state }) => keyName(state.key) === name);
    return;
  }
  const moves = movesQuery(source);
  const { rows } = await db.query(moves.text, [...moves.values]);
  const groups = new KeyGroups(JSON.parse(rows[0].json as string) as [Key, Key][]);
  const gathered = new Map<string, GatheredEvidence>();
  let alone = createEvidence();
  let current: string | undefined;
  for await (const row of readEvidence(db, source)) {
    const group = groups.groupOf(row.key);
    const name = keyName(row.key);
    if (name !== current) {
      yield* reconstruction.rowsAt(alone);
      alone = createEvidence();
      current = name;
    }
    if (group === undefined) gather(alone, row);
    else {
      const evidence = gathered.get(group) ?? createEvidence();
      gathered.set(group, evidence);
      gather(evidence, row);
    }
  }
  yield* reconstruction.rowsAt(alone);
  for (const evidence of gathered.values()) yield* reconstruction.rowsAt(evidence);
}

/** One piece of evidence, with the key of the row that it is about. */
type EvidenceRow =
  | { readonly kind: 'live'; readonly key: Key; readonly texts: (string | null)[] }
  | {
      readonly kind: Exclude<EvidenceKind, 'live'>;
      readonly key: Key;
      readonly entry: EvidenceEntry;
    };

async function* readEvidence(
  db: TransactionalClient,
  source: EvidenceSource,
): AsyncGenerator<EvidenceRow, void, undefined> {
  const { columns, key: keyColumns } = source.live;
  const places = keyColumns.map((name) => columns.findIndex((column) => column.name === name));
  for await (const row of readCursor(db, evidenceQuery(source))) {
    const { kind, json } = row as { kind: EvidenceKind; json: string };
    if (kind === 'live') {
      const texts = JSON.parse(json) as (string | null)[];
      yield { kind, key: places.map((place) => texts[place] ?? ''), texts };
    } else {
      const entry = JSON.parse(json) as EvidenceEntry;
      const key = (kind === 'last' ? (entry.newKey ?? entry.key) : entry.key) ?? [];
      yield { kind, key, entry };
    }
  }
}

interface GatheredEvidence extends Evidence {
  readonly live: [Key, (string | null)[]][];
  readonly later: EvidenceEntry[];
  readonly last: Map<string, EvidenceEntry>;
  readonly left: Map<string, EvidenceEntry>;
}

function createEvidence(): GatheredEvidence {
  return { live: [], later: [], last: new Map(), left: new Map() };
}

function gather(evidence: GatheredEvidence, row: EvidenceRow): void {
  if (row.kind === 'live') evidence.live.push([row.key, row.texts]);
  else if (row.kind === 'later') evidence.later.push(row.entry);
  else evidence[row.kind].set(keyName(row.key), row.entry);
}

/**
 * The key as the log writes it: the texts that the types print, or those of the row that has an equal key.
 *
 * @throws {AuditRefusedError} when it is no key of the table.
 */
export async function canonicalKey(
  db: TransactionalClient,
  live: LiveTable,
  key: Key,
): Promise<Key> {
  if (key.length !== live.key.length) {
    throw new AuditRefusedError(
      `The primary key has ${live.key.length} columns (${live.key.join(', ')}), and ${key.length} values were given. Pass one for each.`,
    );
  }
  try {
    const { rows } = await db.query(
      `SELECT pg_catalog.array_to_json(coalesce(
         (SELECT ${textsOf('t', live.key)} FROM ${fromLive(live, 't')} WHERE ${hasKey(live, 't', '$2')} LIMIT 1),
         ${printedKey(live, '$1')}))::text AS json`,
      [JSON.stringify(key), JSON.stringify([key])],
    );
    return JSON.parse(rows[0].json as string) as Key;
  } catch (error) {
    // Class 22: data exceptions; 23514: the check of a domain.
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string' || !(code.startsWith('22') || code === '23514')) throw error;
    throw new AuditRefusedError(
      `That is no key of the table: its columns (${live.key.join(', ')}) cannot hold such values. Pass the key in their types.`,
    );
  }
}
