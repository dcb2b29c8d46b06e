/** Takes known secrets out of texts that only mention them: logs, notes, other JSON. */
import { quoteIdent, type RelationName } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { givingWay } from '../giving-way.ts';
import { quarantineValues } from '../secrets/quarantine.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import { inTransaction } from '../session.ts';
import { type FindPlaintextOptions, nameOf, type PlaintextPlace } from './find-plaintext.ts';
import { findHits, type Hit } from './read-texts.ts';
import { collectSearchedValues } from './searched-values.ts';
import { readTextRelations, type TextColumn, type TextRelation } from './text-columns.ts';
import { createSearcher, type ValueSearcher } from './value-searcher.ts';

/** What a redaction needs. */
export interface RedactOptions extends FindPlaintextOptions {
  readonly quarantine: RelationName;
  readonly dryRun?: boolean | undefined;
}

/** Rows that still hold a secret, and why. */
export interface LeftPlace extends PlaintextPlace {
  readonly reason: string;
}

/** What was redacted, and what was left. */
export interface RedactionReport {
  readonly redacted: readonly PlaintextPlace[];
  readonly left: readonly LeftPlace[];
}

const REPLACEMENT = '[redacted]';
const DONE = 'redacted';

/**
 * Redacts every occurrence that can be; each old text goes into the quarantine in the same transaction.
 * Runs in a pinned session, one transaction for each table.
 */
export async function redactElsewhere(options: RedactOptions): Promise<RedactionReport> {
  const { db, signal, onProgress } = options;
  const { values } = await collectSearchedValues(options);
  const counts = new Map<string, LeftPlace>();
  const searcher = createSearcher(values.values());
  const { searched } = await readTextRelations(db);
  for (const [position, relation] of (values.size === 0 ? [] : searched).entries()) {
    onProgress?.({ phase: 'search', what: nameOf(relation), position, count: searched.length });
    try {
      const places = await givingWay(() =>
        inTransaction(db, async () => {
          const found: Omit<LeftPlace, 'rows'>[] = [];
          for await (const hit of findHits(db, relation, searcher, signal)) {
            for (const [column, reason] of await redactHit(options, relation, hit, searcher)) {
              found.push({ ...relation.relation, column, reason });
            }
          }
          return found;
        }),
      );
      for (const place of places) {
        const name = JSON.stringify(place);
        counts.set(name, { ...place, rows: (counts.get(name)?.rows ?? 0) + 1 });
      }
    } catch (error) {
      throw withoutValues(error, `Redacting ${nameOf(relation)}`);
    }
  }
  const places = [...counts.values()];
  return {
    redacted: places
      .filter(({ reason }) => reason === DONE)
      .map(({ reason: _, ...place }) => place),
    left: places.filter(({ reason }) => reason !== DONE),
  };
}

/** Redacts what it can of one row. Gives for each column what became of it. */
async function redactHit(
  options: RedactOptions,
  relation: TextRelation,
  hit: Hit,
  searcher: ValueSearcher,
): Promise<ReadonlyMap<string, string>> {
  const { db, quarantine, keyRing, dryRun = false } = options;
  const outcomes = new Map<string, string>();
  const redactable = hit.columns.filter((column) => {
    const reason = whyLeft(relation, column, options);
    outcomes.set(column.name, reason ?? DONE);
    return reason === undefined;
  });
  if (redactable.length === 0) return outcomes;
  const settle = (columns: readonly TextColumn[], outcome: string) => {
    for (const { name } of columns) outcomes.set(name, outcome);
    return outcomes;
  };
  const { rows } = await db.query(
    `SELECT ${redactable.map(({ name }, i) => `t.${quoteIdent(name)}::text AS v${i}`).join(', ')}
     FROM ONLY ${relation.sql} AS t WHERE t.ctid = $1::tid AND t.xmin::text = $2${dryRun ? '' : ' FOR UPDATE'}`,
    [hit.ctid, hit.version],
  );
  if (rows.length === 0) return settle(redactable, 'changed by others meanwhile; run again');
  const changes = redactable.flatMap((column, i) => {
    const value: string = rows[0][`v${i}`];
    const redacted = searcher.redact(value, REPLACEMENT);
    if (redacted !== undefined && (!column.isJson || isJson(redacted))) {
      return [{ column, value, redacted }];
    }
    settle([column], 'a number in JSON');
    return [];
  });
  if (dryRun || changes.length === 0) return outcomes;
  const { schema, name: table } = relation.relation;
  const entries = changes.map(({ column, value }) => ({
    origin: { schema, table, column: column.name, key: hit.key },
    value,
    reason: 'mentioned a secret',
  }));
  const assignments = changes.map(
    ({ column }, i) => `${quoteIdent(column.name)} = CAST($${i + 2} AS ${column.type})`,
  );
  await db.query('SAVEPOINT redact');
  try {
    await quarantineValues(db, quarantine, entries, keyRing);
    await db.query(
      `UPDATE ONLY ${relation.sql} AS t SET ${assignments.join(', ')} WHERE t.ctid = $1::tid`,
      [hit.ctid, ...changes.map(({ redacted }) => redacted)],
    );
    await db.query('RELEASE SAVEPOINT redact');
  } catch (error) {
    // An append-only table, a check, a length: the row stays as it was, and is reported.
    const { code } = error as { code?: unknown };
    await db.query('ROLLBACK TO SAVEPOINT redact');
    return settle(
      changes.map(({ column }) => column),
      `refused by the database${typeof code === 'string' ? ` (${code})` : ''}`,
    );
  }
  return outcomes;
}

function whyLeft(
  { relation, isTable }: TextRelation,
  column: TextColumn,
  { treatments, quarantine }: RedactOptions,
): string | undefined {
  if (!isTable) return 'a materialised view; refresh it';
  if (column.isFixed) return 'part of a key, or generated';
  if (isSame(relation, quarantine)) return 'in the quarantine, from a column that is not treated';
  const isTreated = (each: SecretTreatment) =>
    isSame(each.table, relation) && each.column === column.name;
  return treatments.some(isTreated) ? 'kept by its own treatment' : undefined;
}

function isSame(a: RelationName, b: RelationName): boolean {
  return a.schema === b.schema && a.name === b.name;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
