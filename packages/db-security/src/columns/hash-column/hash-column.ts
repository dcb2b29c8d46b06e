/**
 * The migration of a credentials column from plaintext to hashes, in place or into another column of the table.
 * `expandSecrets` and `contractSecrets` do it in two steps, for an application that still reads the old values.
 */
import { availableParallelism } from 'node:os';
import { qualifiedName } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../../errors.ts';
import { quarantineValues } from '../../secrets/quarantine.ts';
import { assertSession, inTransaction, withPinnedSession } from '../../session.ts';
import { type Decision, DONE, EMPTY, keep, write } from '../decision.ts';
import { emptyText } from '../keyed-table.ts';
import type { ColumnRow } from '../read-rows.ts';
import { rewriteRows } from '../rewrite-rows.ts';
import { countKept, keptRows, newTally, type Tally } from '../tally.ts';
import { lockUnchanged, writeRows } from '../write-rows.ts';
import { classifyColumnValue } from './column-class.ts';
import type { HashColumnOptions, HashColumnReport } from './hash-column-options.ts';
import { hashVerified } from './measure-hashing.ts';
import { clearStatistics, type PlaintextRemains, tableBytes } from './plaintext-remains.ts';
import { actionOf, countRows, type HashingPlan, planHashing } from './plan-hashing.ts';
import { type ClassCount, surveyColumn } from './survey-column.ts';

/** New plaintext may arrive while the column is hashed; one that keeps coming is reported. */
const ROUND_LIMIT = 3;
const BATCH_MS = 2_000;
const LARGEST_BATCH = 500;

/**
 * Hashes a credentials column. Says first what the column holds and what depends on it, and refuses before the first
 * write what would lock users out, copy the plaintext, or not be undone without consent. Each hash is verified before it
 * is written, and written only if the value is still the one it was made of: a user who changes the password meanwhile
 * wins. Rows that others hold are passed over and tried again. Can be stopped or killed anywhere and run again: what
 * is a hash is never hashed again. The plaintext is read, and never sent to the server.
 *
 * A table without a primary key is worked through by the place of its rows, without a quarantine; a partitioned one is refused.
 *
 * @throws {TreatmentError} when anything stands in the way; the message names all of it, and how to go on.
 * @throws {SecretRefusedError} when the cost is too low or too high.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * const logins = { schema: 'public', name: 'logins' };
 * await hashColumn({ db: client, table: logins, column: 'pin', dryRun: true });
 * // { before: [{ class: 'digits', rows: 812 }, { class: 'null', rows: 3 }], estimatedMs: 324800, obstacles: […], … }
 * await hashColumn({ db: client, table: logins, column: 'pin', keyRing, quarantine: { schema: 'public', name: 'data_quarantine' } });
 * // SELECT … FROM public.logins AS t JOIN unnest(…) AS v … FOR NO KEY UPDATE OF t SKIP LOCKED
 * // UPDATE public.logins AS t SET pin = … FROM unnest(…) AS v … AND t.xmin::text = v.version
 * ```
 */
export async function hashColumn(options: HashColumnOptions): Promise<HashColumnReport> {
  const { db, table, column } = options;
  assertSession(db);
  const name = `${table.schema}.${table.name}.${column}`;
  try {
    return await withPinnedSession(db, async () => {
      const plan = await planHashing(options);
      return options.dryRun === true
        ? await report(options, plan, newTally())
        : await run(options, plan, name);
    });
  } catch (error) {
    throw withoutValues(error, `Hashing ${name}`);
  }
}

async function run(
  options: HashColumnOptions,
  plan: HashingPlan,
  name: string,
): Promise<HashColumnReport> {
  const { db } = options;
  const isUndecided = countRows(plan.classes, options, 'undecided') > 0;
  if (plan.obstacles.length > 0 && (plan.rowCount > 0 || isUndecided)) {
    throw new TreatmentError(
      `${name} was not hashed, and nothing was changed: ${plan.obstacles.map(({ message }) => message).join(' ')} Mend this and call again.`,
    );
  }
  const total = newTally();
  let after: ClassCount[] = [];
  for (let round = 1; round <= ROUND_LIMIT; round++) {
    const before = total.written;
    if (round > 1 || plan.rowCount > 0) addTally(total, await rewriteColumn(options, plan));
    after = await surveyColumn(db, plan.table, plan.selection, plan.isUnlimited);
    const isDone = countRows(after, options, 'hash', 'move') === 0;
    // What nobody lets go of, or does not fit its target, is not waited for again; what came since a run with nothing
    // to do, and so nothing to agree to, began is only told.
    if (isDone || plan.obstacles.length > 0 || (round > 1 && total.written === before)) break;
  }
  return report(options, plan, total, after);
}

async function rewriteColumn(options: HashColumnOptions, plan: HashingPlan): Promise<Tally> {
  const { db, quarantine, keyRing } = options;
  const { table, selection, columns, msPerRow } = plan;
  const fitting = Math.max(Math.ceil(BATCH_MS / msPerRow), availableParallelism());
  const { batchSize = Math.min(fitting, LARGEST_BATCH) } = options;
  return rewriteRows(
    { ...options, batchSize },
    {
      phase: 'hash',
      table,
      selection,
      decide: (row) => decide(options, plan, row),
      apply: (writes) =>
        inTransaction(db, async () => {
          const unchanged = await lockUnchanged(db, table, selection, writes, { skipLocked: true });
          if (quarantine !== undefined && keyRing !== undefined) {
            const lost = unchanged.filter(({ row, values }) => !values.includes(row.old));
            const entries = lost.map(({ row }) => entryOf(options, row));
            await quarantineValues(db, quarantine, entries, keyRing);
          }
          // A trigger that hashes passwords itself would make a hash of a hash.
          return writeRows(db, table, columns, unchanged, { exactly: true });
        }),
    },
  );
}

async function decide(
  options: HashColumnOptions,
  { table, isUnlimited }: HashingPlan,
  { old, targets: [target] }: ColumnRow,
): Promise<Decision> {
  const found = classifyColumnValue(old, isUnlimited).class;
  const action = actionOf(found, options);
  if (action === 'nothing' || old === null) return EMPTY;
  if (action === 'done') return DONE;
  if (action === 'keep') return keep(`looks like ${found}, and is kept as asked`);
  if (action === 'undecided') return keep(`looks like ${found}, and came meanwhile`);
  if (target != null && target !== '') return keep('the target holds something already');
  const hash = action === 'move' ? old : await hashVerified(old, options);
  return options.target === undefined ? write(hash) : write(hash, emptyText(table, options.column));
}

function entryOf({ table, column }: HashColumnOptions, row: ColumnRow) {
  return {
    origin: { schema: table.schema, table: table.name, column, key: row.key },
    value: row.old as string,
    reason: 'secret taken out (hashed in place)',
  };
}

function addTally(total: Tally, { examined, written, kept }: Tally): void {
  total.examined += examined;
  total.written += written;
  // What was kept before is kept again; only the last round tells.
  total.kept.clear();
  for (const [reason, count] of kept) countKept(total, reason, count);
}

async function report(
  options: HashColumnOptions,
  plan: HashingPlan,
  tally: Tally,
  after?: readonly ClassCount[],
): Promise<HashColumnReport> {
  const { table, column, target, throttle = 1 } = options;
  const hashed = countRows(plan.classes, options, 'hash');
  return {
    table,
    column,
    ...(target === undefined ? {} : { target }),
    dryRun: after === undefined,
    before: plan.classes,
    rowCount: plan.rowCount,
    estimatedMs: Math.round((hashed * plan.msPerRow) / throttle),
    obstacles: after === undefined ? plan.obstacles : [],
    notes: plan.notes,
    written: tally.written,
    kept: keptRows(tally),
    ...(after === undefined ? {} : { after }),
    inClear: countRows(after ?? plan.classes, options, 'hash', 'undecided'),
    remains: await remains(options, plan, tally.written, after !== undefined),
  };
}

async function remains(
  options: HashColumnOptions,
  { isUnlimited }: HashingPlan,
  oldVersions: number,
  isRun: boolean,
): Promise<PlaintextRemains> {
  const { db, table, column, when, lockBudgetMs } = options;
  const isPlaintext = (value: string | null): boolean =>
    ['hash', 'undecided'].includes(
      actionOf(classifyColumnValue(value, isUnlimited).class, options),
    );
  const inStatistics = isRun
    ? await clearStatistics(db, table, column, isPlaintext, lockBudgetMs)
    : undefined;
  return {
    oldVersions,
    tableBytes: await tableBytes(db, table),
    sql: `VACUUM (FULL, ANALYZE) ${qualifiedName(table)}`,
    inStatistics: when === undefined ? inStatistics : undefined,
  };
}
