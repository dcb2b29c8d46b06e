import type { ForeignKeyConstraint } from '@tothub/db-catalog';
import { qualifiedName } from '@tothub/db-catalog';
import type { ClientBase } from 'pg';
import { callOf, constantOf, parsedExpression } from '../facts/ast.ts';
import { readPartitionCheck } from '../facts/partition.ts';
import { isRequired } from '../plan/table-order.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { ReferencedRow } from '../profile.ts';
import { chooseRows } from '../rows/choose-rows.ts';
import { UnsatisfiableReferences } from '../rows/draw-references.ts';
import type { DrawSurroundings } from '../rows/draw-row.ts';
import { createJudge } from '../rows/judge.ts';
import { linkRows } from '../rows/link-rows.ts';
import { loadRows } from './load-rows.ts';
import { isRefusal, refusalReason } from './refusal.ts';

/** How many times all rows of a table are drawn anew after the server refused them. */
const loads = 5;

/** What filling one table needs besides its plan. */
export interface FillOptions {
  readonly count: number;
  readonly how: 'copy' | 'insert';
  /** False when rows stand there already, whose keys are taken. */
  readonly isEmpty: boolean;
  readonly around: Omit<DrawSurroundings, 'parents' | 'reserved'>;
  /** Says why a referenced table has no row to offer: `which is empty and was not chosen`. */
  readonly whyEmpty: (parent: ForeignKeyConstraint['references']) => string;
  readonly readRows: (
    parent: ForeignKeyConstraint['references'],
  ) => Promise<readonly ReferencedRow[]>;
}

/** Number of rows written, or why there are none. */
export type FillResult = { readonly rows: number } | { readonly reason: string };

/**
 * Draws, judges and writes the rows of one table. What the server refuses is undone and drawn again a few
 * times; the savepoint leaves the transaction, and every other table, as they were.
 */
export async function fillTable(
  session: ClientBase,
  plan: TablePlan,
  options: FillOptions,
): Promise<FillResult> {
  const parents = new Map<string, readonly ReferencedRow[]>();
  for (const key of plan.references) {
    const rows = await options.readRows(key.references);
    parents.set(key.name, rows);
    const hasGenerator = key.columns.some(
      (name) => plan.columns.find((column) => column.name === name)?.generator,
    );
    if (rows.length === 0 && isRequired(plan.relation, key.columns, key.match) && !hasGenerator) {
      return {
        reason: `foreign key ${key.name} needs a row in ${qualifiedName(key.references)}, ${options.whyEmpty(key.references)}`,
      };
    }
  }
  const around: DrawSurroundings = {
    ...options.around,
    parents,
    reserved: await reserveValues(session, plan, options.count),
  };
  const bounds = await readPartitionCheck(session, plan.relation);
  const judge = createJudge(session, bounds ? { ...plan, checks: [...plan.checks, bounds] } : plan);
  const taken = options.isEmpty
    ? plan.uniques.map(() => new Set<string>())
    : await judge.takenKeys();
  let reason = 'the server refused every draw';
  for (let load = 0; load < loads; load++) {
    await session.query('SAVEPOINT tothub_load');
    try {
      const chosen = await chooseRows(plan, around, judge, taken, options.count, load);
      if (chosen.rows.length === 0) {
        reason = `${chosen.refusedBy ?? 'some constraint'} refused every row drawn`;
      } else {
        const rows = linkRows(plan, around, chosen.rows, load);
        const taken = await loadRows(session, plan, rows, options.how);
        if (taken > 0) {
          await session.query('RELEASE SAVEPOINT tothub_load');
          return { rows: taken };
        }
        reason = 'a trigger or rule of the table discarded every row';
      }
    } catch (error) {
      if (error instanceof UnsatisfiableReferences) {
        return {
          reason: `no existing rows satisfy its foreign keys ${error.constraints.join(', ')} together`,
        };
      }
      if (!isRefusal(error)) throw error;
      const refusal = refusalReason(error);
      reason = refusal.reason;
      await session.query('ROLLBACK TO SAVEPOINT tothub_load');
      if (!refusal.mayPassWithOtherValues) break;
      continue;
    }
    await session.query('ROLLBACK TO SAVEPOINT tothub_load');
  }
  return { reason };
}

/** Values of sequences that rows need to know before they are written, since they point at each other. */
async function reserveValues(
  session: ClientBase,
  plan: TablePlan,
  count: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const reserved = new Map<string, readonly string[]>();
  for (const column of plan.columns.filter((one) => one.source === 'sequence')) {
    const expression = column.default ? await parsedExpression(column.default) : undefined;
    const { rows } = await session.query<{ value: string }>(
      `SELECT nextval(coalesce(pg_get_serial_sequence($1, $2), $3)::regclass)::text AS value FROM generate_series(1, $4::int)`,
      [
        qualifiedName(plan.relation),
        column.name,
        constantOf(callOf(expression)?.argument) ?? null,
        count,
      ],
    );
    reserved.set(
      column.name,
      rows.map((row) => row.value),
    );
  }
  return reserved;
}
