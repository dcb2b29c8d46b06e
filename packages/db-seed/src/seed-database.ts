import { type RelationName, readCatalog } from '@tothub/db-catalog';
import { SeedOptionsError } from './errors.ts';
import { makePlan } from './plan/make-plan.ts';
import { selectTables } from './plan/select-tables.ts';
import { nameOf, orderTables } from './plan/table-order.ts';
import type { ReferencedRow } from './profile.ts';
import { fillTable } from './run/fill-table.ts';
import { lockTable } from './run/lock-table.ts';
import { createRowReader } from './run/referenced-rows.ts';
import { withSeedTransaction } from './run/seed-transaction.ts';
import { rowRange, type SeedOptions, type SeedResult } from './seed-options.ts';
import { createTypeResolver } from './values/column-type.ts';
import { createFaker } from './values/fake.ts';
import { Random } from './values/random.ts';

const fixedNow = new Date('2025-09-01T12:00:00Z');

/**
 * Fills the empty tables of a database with made-up rows that keep every constraint, through COPY and in one
 * transaction: all that can be filled, or nothing. A table that cannot be filled is reported with the reason.
 * Triggers fire as for any insert. The same seed, options and surrounding rows give the same rows.
 *
 * @throws {SeedOptionsError} when the options make no sense
 * @throws {SeedConnectionError} when the server cannot be reached or the connection ends; nothing is written
 * @throws {SeedServerError} when the server refuses the whole run, for example because it is read-only
 * @throws the reason of `signal`, once it is aborted, and whatever a profile's generator throws
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
