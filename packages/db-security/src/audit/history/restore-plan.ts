/** What putting a row back would change, or why it cannot be done exactly. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { AuditRefusedError } from '../../errors.ts';
import type { TransactionalClient } from '../../session.ts';
import { type AsOfRow, createRowDescriber } from './as-of-row.ts';
import type { AuditMoment } from './audit-moment.ts';
import { hasKey } from './evidence-query.ts';
import { fromLive, type LiveColumn, type LiveTable, textsOf } from './live-table.ts';
import { canonicalKey, pastRows } from './past-rows.ts';
import { openPast, type PastTable } from './past-table.ts';
import type { PastRow } from './reconstruct.ts';
import type { UnknownReason } from './row-state.ts';

/** A column that a restore changes. */
export interface RestoredColumn {
  /** The text now; null for SQL NULL, undefined where there is no row now. */
  readonly from: string | null | undefined;
  readonly to: string | null;
}

/** What is to be written, and over which version of the row. */
export interface RestorePlan {
  readonly live: LiveTable;
  /** The key that the row will have. */
  readonly key: readonly string[];
  /** The version of the row that is there now; null where there is none. */
  readonly version: RowVersion | null;
  readonly changes: Readonly<Record<string, RestoredColumn>>;
  /** Columns that stay as they are: excluded, ignored, added since, or named so. */
  readonly left: readonly string[];
}

/** Where a version of a row lies. An update makes another. */
interface RowVersion {
  readonly relation: string;
  readonly place: string;
  readonly transaction: string;
}

/**
 * Compares the row then with the row now. In a reading transaction.
 *
 * @throws {AuditRefusedError} when there was no such row, or it cannot be told exactly.
 */
export async function planRestore(
  db: TransactionalClient,
  auditSchema: string,
  table: RelationName,
  key: readonly string[],
  to: AuditMoment,
  except: readonly string[],
): Promise<RestorePlan> {
  const past = await openPast(db, auditSchema, table, to);
  const { live } = past;
  if (live.key.length === 0) {
    throw new AuditRefusedError(
      `${qualifiedName(live)} has no primary key, so no key names a row of it. Compare asOf with the table instead.`,
    );
  }
  assertKnown(live, except);
  const rows: PastRow[] = [];
  for await (const row of pastRows(db, past, key)) rows.push(row);
  const [found] = rows;
  if (found === undefined) {
    throw new AuditRefusedError(
      `${qualifiedName(live)} had no row with this key at that moment${past.limits.length > 0 ? ', as far as the log tells' : ''}. Its history tells when it had one.`,
    );
  }
  const target = createRowDescriber(past)(found);
  assertCertain(target, past, rows.length);
  const now = await readLive(db, live, found.state.liveKey ?? (await canonicalKey(db, live, key)));
  const { changes, left } = compare(past, target, now?.values, new Set(except));
  return { live, key: found.state.key, version: now?.version ?? null, changes, left };
}

function assertKnown(live: LiveTable, except: readonly string[]): void {
  const names = live.columns.map(({ name }) => name);
  const refused = except.find((name) => !names.includes(name) || live.key.includes(name));
  if (refused === undefined) return;
  throw new AuditRefusedError(
    `${refused} cannot be left as it is: ${live.key.includes(refused) ? 'it is part of the primary key' : `${qualifiedName(live)} has no such column`}. Name other columns of the table.`,
  );
}

function assertCertain({ isProven, doubts }: AsOfRow, past: PastTable, count: number): void {
  const called = `The row of ${qualifiedName(past.live)}`;
  if (count > 1 || (doubts.includes('ambiguous') && !isProven)) {
    throw new AuditRefusedError(
      `${called} cannot be told from another that had the same key in the same transaction. Restore to another moment.`,
    );
  }
  if (doubts.includes('contradiction')) {
    throw new AuditRefusedError(
      `${called} does not have the content that the log says it had: changes were made that it does not have, or it was altered. Verify the log first.`,
    );
  }
  const gap = past.limits.find(({ kind }) => kind === 'audit-off' || kind === 'not-covered');
  if (!isProven && gap !== undefined) {
    throw new AuditRefusedError(
      `${called} cannot be told for certain. ${gap.message} Restore to a moment after that.`,
    );
  }
}

async function readLive(
  db: TransactionalClient,
  live: LiveTable,
  key: readonly string[],
): Promise<{ version: RowVersion; values: Record<string, string | null> } | undefined> {
  const names = live.columns.map(({ name }) => name);
  const { rows } = await db.query(
    `SELECT pg_catalog.array_to_json(${textsOf('t', names)})::text AS json, t.tableoid::text AS relation,
       t.ctid::text AS place, t.xmin::text AS transaction
     FROM ${fromLive(live, 't')} WHERE ${hasKey(live, 't', '$1')}`,
    [JSON.stringify([key])],
  );
  const [row] = rows as (RowVersion & { json: string })[];
  if (row === undefined) return undefined;
  const { json, ...version } = row;
  const texts = JSON.parse(json) as (string | null)[];
  return {
    version,
    values: Object.fromEntries(names.map((name, index) => [name, texts[index] ?? null])),
  };
}

const REASONS: Record<UnknownReason, string> = {
  redacted: 'is redacted in the log',
  large: 'was too large for the log',
  erased: 'was erased from the log',
  'not-logged': 'is not logged',
  lost: 'was never written to the log',
  'audit-off': 'may have changed while the audit was off',
};

/** A column may be called like what every object has: constructor, toString. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function compare(
  past: PastTable,
  target: AsOfRow,
  now: Readonly<Record<string, string | null>> | undefined,
  except: ReadonlySet<string>,
): Pick<RestorePlan, 'changes' | 'left'> {
  const changes: [string, RestoredColumn][] = [];
  const left: string[] = [];
  const refused: string[] = [];
  for (const column of past.live.columns) {
    const { name } = column;
    if (column.generated !== 'no') continue;
    const value = own(target.values, name);
    const reason = own(target.unknown, name);
    const from = now && own(now, name);
    const isIgnored = now !== undefined && past.reconstruction.ignored.has(name);
    if (except.has(name) || isIgnored) left.push(name);
    else if (value !== undefined) {
      if (from !== value) changes.push([name, { from, to: value }]);
      if (now !== undefined && from !== value) assertWritable(column);
    } else if (reason === undefined || (reason === 'not-logged' && now !== undefined))
      left.push(name);
    else refused.push(`${name} (${REASONS[reason]})`);
  }
  if (refused.length > 0) {
    throw new AuditRefusedError(
      `The row cannot be put back exactly: ${refused.join(', ')}. Name these columns as exceptions to restore the others.`,
    );
  }
  // Not by assignment: a column may be called __proto__.
  return { changes: Object.fromEntries(changes), left };
}

function assertWritable({ name, identity }: LiveColumn): void {
  if (identity !== 'always') return;
  throw new AuditRefusedError(
    `The column ${name} is GENERATED ALWAYS AS IDENTITY, and an UPDATE cannot change it back. Name it as an exception to restore the others.`,
  );
}
