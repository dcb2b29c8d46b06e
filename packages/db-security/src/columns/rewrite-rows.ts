/**
 * The loop that everything shares which rewrites a column row by row: read a page, judge its rows, write what was
 * decided, and come back to rows that somebody else changed or held. Each page is one transaction, so a run can be
 * stopped or killed anywhere; what tells a finished row from an unfinished one is the row itself.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TreatmentError, throwIfAborted } from '../errors.ts';
import { givingWay, LOCK_BUDGET_MS } from '../giving-way.ts';
import type { SecretProgress } from '../progress.ts';
import type { TransactionalClient } from '../session.ts';
import { type Decision, write } from './decision.ts';
import type { KeyedTable } from './keyed-table.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { type ColumnRow, type RowSelection, readAgain, readRows } from './read-rows.ts';
import { countKept, newTally, type Tally } from './tally.ts';
import type { RowWrite } from './write-rows.ts';

/** How a run goes about its work. */
export interface RewriteOptions {
  /** One session, not a pool and not inside a transaction. */
  readonly db: TransactionalClient;
  /** Counts what would be written and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Rows read, and where need be locked, at once. @default 200 */
  readonly batchSize?: number | undefined;
  /** Share of the time spent at work, above 0 and up to 1; the rest is pauses between the pages. @default 1 */
  readonly throttle?: number | undefined;
  readonly onProgress?: ((progress: SecretProgress) => void) | undefined;
  /** How long rows are tried again while others hold or change them, in milliseconds. @default 60000 */
  readonly lockBudgetMs?: number | undefined;
  /** Stops between two pages. */
  readonly signal?: AbortSignal | undefined;
}

/** What is rewritten, and how. */
export interface Rewrite {
  readonly phase: Exclude<SecretProgress['phase'], 'search'>;
  readonly table: KeyedTable;
  readonly selection: RowSelection;
  decide(row: ColumnRow): Decision | Promise<Decision>;
  /**
   * Writes the decided rows and gives those that were written: others had changed, or were held, and are tried again.
   * What is not to be tried again is refused, for a reason that the report counts.
   */
  apply(
    writes: readonly RowWrite[],
    refuse: (write: RowWrite, reason: string) => void,
  ): Promise<readonly RowWrite[]>;
}

const LONGEST_PAUSE_MS = 2_000;

/**
 * Rewrites the rows of a selection.
 *
 * @throws {TreatmentError} when batchSize or throttle make no sense.
 * @throws {AbortedError} when the signal fires; and whatever the database throws, see `withoutValues`.
 */
export async function rewriteRows(options: RewriteOptions, rewrite: Rewrite): Promise<Tally> {
  const { db, batchSize = 200, throttle = 1, signal, lockBudgetMs = LOCK_BUDGET_MS } = options;
  const { table, selection } = rewrite;
  assertPace(batchSize, throttle);
  const tally = newTally();
  const left: RowWrite[] = [];
  throwIfAborted(signal);
  let start = performance.now();
  for await (const rows of readRows(db, table, selection, batchSize)) {
    tally.examined += rows.length;
    left.push(...(await rewritePage(options, rewrite, tally, rows, rewrite.decide)));
    if (throttle < 1) await pause((performance.now() - start) * (1 / throttle - 1), signal);
    throwIfAborted(signal);
    start = performance.now();
  }
  await finish(options, rewrite, tally, left, performance.now() + lockBudgetMs);
  return tally;
}

/** @throws {TreatmentError} when no row would ever be read, or none after the first page. */
function assertPace(batchSize: number, throttle: number): void {
  if (Number.isSafeInteger(batchSize) && batchSize > 0 && throttle > 0 && throttle <= 1) return;
  throw new TreatmentError(
    'The batchSize is no positive whole number, or throttle is not above 0 and up to 1. Leave them out, or correct them.',
  );
}

/** Ends early when the signal fires. */
async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(durationMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** Comes back to the rows that were changed or held by others, until none is left or the time is up. */
async function finish(
  options: RewriteOptions,
  rewrite: Rewrite,
  tally: Tally,
  left: readonly RowWrite[],
  deadline: number,
): Promise<void> {
  const { db, batchSize = 200, signal } = options;
  const { table, selection, decide } = rewrite;
  let waiting = left;
  for (let boundMs = 1; waiting.length > 0; boundMs = Math.min(4 * boundMs, LONGEST_PAUSE_MS)) {
    if (boundMs > 1 && performance.now() >= deadline) break;
    await sleep(Math.random() * boundMs);
    const next: RowWrite[] = [];
    for (let from = 0; from < waiting.length; from += batchSize) {
      throwIfAborted(signal);
      const earlier = waiting.slice(from, from + batchSize);
      const known = new Map(earlier.map((each) => [keyOf(each.row), each]));
      const rows = await readAgain(
        db,
        table,
        selection,
        earlier.map(({ row }) => row),
      );
      // A row that was only held keeps its decision: a hash is not made twice for it.
      const decideAgain = (row: ColumnRow) => {
        const before = known.get(keyOf(row));
        return before !== undefined && isSameText(before.row, row)
          ? write(...before.values)
          : decide(row);
      };
      next.push(...(await rewritePage(options, rewrite, tally, rows, decideAgain)));
    }
    waiting = next;
  }
  countKept(tally, 'changed or held by others meanwhile; run again', waiting.length);
}

/** Judges and writes a page of rows. Gives what could not be written now. */
async function rewritePage(
  { dryRun = false, lockBudgetMs, onProgress }: RewriteOptions,
  { phase, table, selection, apply }: Rewrite,
  tally: Tally,
  rows: readonly ColumnRow[],
  decide: Rewrite['decide'],
): Promise<RowWrite[]> {
  const decisions = await mapConcurrently(rows, availableParallelism(), decide);
  const writes: RowWrite[] = [];
  for (const [i, row] of rows.entries()) {
    const decision = decisions[i] as Decision;
    if (decision.kind === 'write') writes.push({ row, values: decision.values });
    else if (decision.kind === 'keep') countKept(tally, decision.reason);
    else if (decision.kind === 'done' || row.targets.some((text) => text !== null)) {
      tally.alreadyDone += 1;
    }
  }
  const refused = new Map<string, string>();
  const refuse = ({ row }: RowWrite, reason: string) => refused.set(keyOf(row), reason);
  const written = new Set(
    (dryRun || writes.length === 0
      ? writes
      : await givingWay(() => apply(writes, refuse), lockBudgetMs)
    ).map(({ row }) => keyOf(row)),
  );
  tally.written += written.size;
  for (const reason of refused.values()) countKept(tally, reason);
  const { schema, name } = table.relation;
  const { examined } = tally;
  const what = `${schema}.${name}.${selection.column}`;
  onProgress?.({ phase, what, examined, written: tally.written });
  return writes.filter(({ row }) => !written.has(keyOf(row)) && !refused.has(keyOf(row)));
}

function keyOf({ keyTexts }: ColumnRow): string {
  return JSON.stringify(keyTexts);
}

function isSameText(a: ColumnRow, b: ColumnRow): boolean {
  return a.old === b.old && a.targets.every((text, i) => text === b.targets[i]);
}
