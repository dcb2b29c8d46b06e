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
import { fromLive, type LiveTable, textsOf } from './live-table.ts';
import { type LogEntry, parseEntry } from './log-entry.ts';
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

interface EvidenceRow {
  readonly kind: EvidenceKind;
  readonly key: Key;
  readonly json: string;
}

async function* readEvidence(
  db: TransactionalClient,
  source: EvidenceSource,
): AsyncGenerator<EvidenceRow, void, undefined> {
  for await (const { kind, key, json } of readCursor(db, evidenceQuery(source))) {
    yield {
      kind: kind as EvidenceKind,
      key: JSON.parse(key as string) as Key,
      json: json as string,
    };
  }
}

interface GatheredEvidence extends Evidence {
  readonly live: [Key, (string | null)[]][];
  readonly later: LogEntry[];
  readonly last: Map<string, LogEntry>;
  readonly left: Map<string, LogEntry>;
}

function createEvidence(): GatheredEvidence {
  return { live: [], later: [], last: new Map(), left: new Map() };
}

function gather(evidence: GatheredEvidence, { kind, key, json }: EvidenceRow): void {
  if (kind === 'live') evidence.live.push([key, JSON.parse(json) as (string | null)[]]);
  else if (kind === 'later') insertNewestFirst(evidence.later, parseEntry(json));
  else evidence[kind].set(keyName(key), parseEntry(json));
}

/** Entries come newest first by key; those of keys that belong together are put in one order. */
function insertNewestFirst(entries: LogEntry[], entry: LogEntry): void {
  let low = 0;
  for (let high = entries.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as LogEntry).id > entry.id) low = middle + 1;
    else high = middle;
  }
  entries.splice(low, 0, entry);
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
  const printed = live.key.map((name, index) => {
    const type = live.columns.find((column) => column.name === name)?.type ?? 'text';
    return `pg_catalog.format('%s', (($1::text)::json ->> ${index})::${type})`;
  });
  try {
    const { rows } = await db.query(
      `SELECT pg_catalog.array_to_json(coalesce(
         (SELECT ${textsOf('t', live.key)} FROM ${fromLive(live, 't')} WHERE ${hasKey(live, 't', '$2')} LIMIT 1),
         ARRAY[${printed.join(', ')}]))::text AS json`,
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
