/**
 * The migration of a credentials column from plaintext to hashes, in place or into another column of the table.
 * `expandSecrets` and `contractSecrets` do it in two steps, for an application that still reads the old values.
 */
import { availableParallelism } from 'node:os';
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import type { HashOptions } from '../../credentials/hash-credential.ts';
import { TreatmentError, withoutValues } from '../../errors.ts';
import { quarantineValues } from '../../secrets/quarantine.ts';
import { assertSession, inTransaction, withPinnedSession } from '../../session.ts';
import { type Decision, DONE, EMPTY, keep, write } from '../decision.ts';
import { emptyText } from '../keyed-table.ts';
import type { ColumnRow } from '../read-rows.ts';
import { type RewriteOptions, rewriteRows } from '../rewrite-rows.ts';
import { countKept, type KeptRows, keptRows, newTally, type Tally } from '../tally.ts';
import { lockUnchanged, writeRows } from '../write-rows.ts';
import { type ClassTreatment, classifyColumnValue } from './column-class.ts';
import type { ColumnObstacle } from './find-dependents.ts';
import { hashVerified } from './measure-hashing.ts';
import { actionOf, countRows, type HashingPlan, planHashing } from './plan-hashing.ts';
import { clearStatistics } from './statistics.ts';
import { type ClassCount, surveyColumn } from './survey-column.ts';

/**
 * What {@link hashColumn} is told, beside how hashes are made. `batchSize` is by default what takes about two seconds.
 */
export type HashColumnOptions = HashOptions &
  RewriteOptions & {
    readonly table: RelationName;
    /** The column that holds the secrets. Its hashes take their place, unless there is a target. */
    readonly column: string;
    /** Takes the hashes; the old column is emptied in the same statement. Hashes found in the old column move too. */
    readonly target?: string | undefined;
    /** Only rows whose column has this text value. */
    readonly when?: { readonly column: string; readonly equals: string } | undefined;
    /** What becomes of values that may or may not be plaintext. Without a word on one that occurs, the run is refused. */
    readonly treat?: ClassTreatment | undefined;
    /** Dependents that may stay as they are, each as `<kind> <name>`: `trigger set_updated_at`, `unique logins_pin_key`. */
    readonly accept?: readonly string[] | undefined;
    /** The table that keeps the old values, as ciphertexts of the key ring. */
    readonly quarantine?: RelationName | undefined;
    /** Says that the old values may be lost for ever. Needed where there is no quarantine. @default false */
    readonly irreversible?: boolean | undefined;
    /** Where the audit log lives. @default 'audit' */
    readonly auditSchema?: string | undefined;
  };

/** What is left of the plaintext where no UPDATE reaches. */
export interface PlaintextRemains {
  /** Old versions of rows that this run has left behind, with the plaintext, until a VACUUM. */
  readonly oldVersions: number;
  /** Bytes of the table with its indexes, which `sql` rewrites. */
  readonly tableBytes: number;
  /** Rewrites the table and its indexes under an exclusive lock; a plain VACUUM only gives the space free for new rows. */
  readonly sql: string;
  /** Values in the planner's statistics that ANALYZE did not replace; not counted where `when` leaves rows in the clear. */
  readonly inStatistics: number | undefined;
}

/** What {@link hashColumn} found and did. Counts only, never a value. */
export interface HashColumnReport {
  readonly table: RelationName;
  readonly column: string;
  readonly target?: string;
  readonly dryRun: boolean;
  /** What the column held before, by class. */
  readonly before: readonly ClassCount[];
  /** Rows to be hashed or moved, when the run began. */
  readonly rowCount: number;
  /** How long hashing them takes at the pace that was measured, in milliseconds. */
  readonly estimatedMs: number;
  /** Of a dry run: what a real one would be refused for. */
  readonly obstacles: readonly ColumnObstacle[];
  /** What else depends on the column, a sentence each. */
  readonly notes: readonly string[];
  /** Rows that were hashed or moved. */
  readonly written: number;
  readonly kept: readonly KeptRows[];
  /** What the column holds now, read in a fresh snapshot; not of a dry run. */
  readonly after?: readonly ClassCount[];
  /** Rows of it that are still plaintext, or might be and nobody said. 0 is the proof. */
  readonly inClear: number;
  readonly remains: PlaintextRemains;
}

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
    // What nobody lets go of, or does not fit its target, is not waited for again.
    if (countRows(after, options, 'hash', 'move') === 0 || (round > 1 && total.written === before))
      break;
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
  const { rows } = await db.query(
    `SELECT coalesce(sum(pg_catalog.pg_total_relation_size(relid)), 0)::text AS bytes
     FROM (SELECT c.oid AS relid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relname = $2
           UNION SELECT p.relid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace,
             pg_catalog.pg_partition_tree(c.oid) AS p WHERE n.nspname = $1 AND c.relname = $2) AS tree`,
    [table.schema, table.name],
  );
  return {
    oldVersions,
    tableBytes: Number(rows[0].bytes),
    sql: `VACUUM (FULL, ANALYZE) ${qualifiedName(table)}`,
    inStatistics: when === undefined ? inStatistics : undefined,
  };
}
