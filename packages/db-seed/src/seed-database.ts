import { type RelationName, readCatalog } from '@tothub/db-catalog';
import { SeedOptionsError } from './errors.ts';
import { makePlan } from './plan/make-plan.ts';
import { selectTables } from './plan/select-tables.ts';
import { nameOf, orderTables } from './plan/table-order.ts';
import type { ReferencedRow, SeedProfile } from './profile.ts';
import { fillTable } from './run/fill-table.ts';
import { lockTable } from './run/lock-table.ts';
import { createRowReader } from './run/referenced-rows.ts';
import { withSeedTransaction } from './run/seed-transaction.ts';
import { createTypeResolver } from './values/column-type.ts';
import { createFaker } from './values/fake.ts';
import { Random } from './values/random.ts';

/** Where, what and how much. */
export interface SeedOptions {
  readonly connectionString: string;
  /** Tables to fill. @default every empty table that is no partition and no migration tool's */
  readonly tables?: readonly RelationName[];
  /** Tables to leave alone, besides the profile's; without `name`, a whole schema. */
  readonly exclude?: readonly { readonly schema: string; readonly name?: string }[];
  /** Rows a table, from 1 to 1,000,000. Fewer where the constraints leave no room. @default { min: 5, max: 10 } */
  readonly rows?: number | { readonly min: number; readonly max: number };
  /** The same seed gives the same rows. @default 1 */
  readonly seed?: number;
  /** What is known about the application beyond its catalog. */
  readonly profile?: SeedProfile;
  /** The present that drawn dates lie around. @default 2025-09-01T12:00:00Z */
  readonly now?: Date;
  /** Also fill tables of `tables` that hold rows; their rows stay as they are. @default false */
  readonly intoNonEmpty?: boolean;
  /** Do everything, then roll back. Sequences may move on. @default false */
  readonly dryRun?: boolean;
  /** How long to wait for another session's lock on a table, in milliseconds. @default 5000 */
  readonly lockTimeoutMs?: number;
  readonly onProgress?: (progress: SeedProgress) => void;
  /** Ends the run; nothing is written then. */
  readonly signal?: AbortSignal;
}

/** Sent after each table. */
export interface SeedProgress {
  readonly schema: string;
  readonly table: string;
  /** Rows written; 0 when the table was skipped. */
  readonly rows: number;
  readonly reason?: string;
  readonly done: number;
  readonly total: number;
}

/** What was written, and what was not and why. */
export interface SeedResult {
  readonly tables: readonly {
    readonly schema: string;
    readonly table: string;
    readonly rows: number;
  }[];
  readonly skipped: readonly {
    readonly schema: string;
    readonly table: string;
    readonly reason: string;
  }[];
}

const fixedNow = new Date('2025-09-01T12:00:00Z');

/**
 * Fills the empty tables of a database with made-up rows that keep every constraint, through COPY and in one
 * transaction: all that can be filled, or nothing. A table that cannot be filled is reported with the reason.
 * Triggers fire as for any insert. The same seed, options and surrounding rows give the same rows.
 *
 * @throws {SeedOptionsError} when the options make no sense
 * @throws {SeedConnectionError} when the server cannot be reached or the connection ends; nothing is written
 * @throws {SeedServerError} when the server refuses the whole run, for example because it is read-only
 * @throws the reason of `signal`, once it is aborted
 * @example
 * ```ts
 * const { tables, skipped } = await seedDatabase({ connectionString, rows: 8 });
 * // BEGIN; SELECT pg_advisory_xact_lock(…); … LOCK TABLE app.room IN SHARE ROW EXCLUSIVE MODE;
 * // COPY app.room (name, capacity) FROM STDIN; … COMMIT
 * ```
 */
export async function seedDatabase(options: SeedOptions): Promise<SeedResult> {
  const range = rowRange(options.rows ?? { min: 5, max: 10 });
  const seed = options.seed ?? 1;
  const { profile, signal } = options;
  const now = options.now ?? fixedNow;
  if (Number.isNaN(now.getTime())) {
    throw new SeedOptionsError('`now` is no date. Pass a valid Date or leave it out.');
  }
  return withSeedTransaction(options, async (session) => {
    const catalog = await readCatalog(session, { transaction: 'caller' });
    const selected = await selectTables(session, catalog, {
      tables: options.tables,
      exclude: [...(profile?.exclude ?? []), ...(options.exclude ?? []), { schema: 'tothub' }],
      intoNonEmpty: options.intoNonEmpty ?? false,
    });
    const order = orderTables(selected.chosen);
    const chosen = new Set(selected.chosen.map(nameOf));
    const tables: SeedResult['tables'][number][] = [];
    const skipped = selected.skipped.map(({ name, reason }) => ({
      schema: name.schema,
      table: name.name,
      reason,
    }));
    const report = (
      relation: RelationName,
      result: { rows: number } | { reason: string },
    ): void => {
      const name = { schema: relation.schema, table: relation.name };
      if ('rows' in result) tables.push({ ...name, rows: result.rows });
      else skipped.push({ ...name, reason: result.reason });
      options.onProgress?.({
        ...name,
        rows: 0,
        ...result,
        done: tables.length + skipped.length - selected.skipped.length,
        total: selected.chosen.length,
      });
    };
    for (const { relation, reason } of order.skipped) report(relation, { reason });

    const resolve = await createTypeResolver(catalog);
    const random = new Random();
    const faker = createFaker(random, now);
    const reader = createRowReader(session, catalog);
    for (const relation of order.ordered) {
      signal?.throwIfAborted();
      const plan = await makePlan(catalog, relation, profile, resolve);
      if ('reason' in plan) {
        report(relation, plan);
        continue;
      }
      const name = nameOf(relation);
      const blocked = await lockTable(session, relation, {
        isLockable: selected.lockable.has(name),
        mustBeEmpty: !options.intoNonEmpty,
      });
      if (blocked) {
        report(relation, { reason: blocked });
        continue;
      }
      const references = new Map<string, readonly ReferencedRow[]>();
      if (plan.plan.columns.some((column) => column.generator)) {
        for (const [key, reference] of Object.entries(profile?.references ?? {})) {
          references.set(key, await reader.read(reference));
        }
      }
      const count = random.within([seed, name, '\u0001rows'], () =>
        random.integer(range.min, range.max),
      );
      const result = await fillTable(session, plan.plan, {
        count,
        how: selected.guarded.has(name) ? 'insert' : 'copy',
        around: { seed, random, faker, now, rows: (key) => references.get(key) ?? [] },
        isEmpty: !selected.filled.has(name),
        readRows: reader.read,
        whyEmpty: (parent) =>
          chosen.has(nameOf(parent))
            ? 'which could not be filled'
            : 'which is empty and was not chosen',
      });
      reader.forget(relation);
      report(relation, result);
    }
    return { tables, skipped };
  });
}

function rowRange(rows: number | { readonly min: number; readonly max: number }): {
  min: number;
  max: number;
} {
  const { min, max } = typeof rows === 'number' ? { min: rows, max: rows } : rows;
  const isCount = (value: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= 1_000_000;
  if (!isCount(min) || !isCount(max) || min > max) {
    throw new SeedOptionsError(
      '`rows` is not a number of rows. Pass a whole number from 1 to 1,000,000, or { min, max } of such.',
    );
  }
  return { min, max };
}
