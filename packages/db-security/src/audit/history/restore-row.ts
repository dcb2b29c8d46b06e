/** Puts a row back as it was. */
import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { AuditRefusedError, StatementError, withoutValues } from '../../errors.ts';
import { givingWay } from '../../giving-way.ts';
import { assertSession, inTransaction, type TransactionalClient } from '../../session.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { withActor } from '../with-actor.ts';
import type { AuditMoment } from './audit-moment.ts';
import { hasKey } from './evidence-query.ts';
import { fromLive, type LiveColumn, textsOf } from './live-table.ts';
import { inReading, pinReadingSettings } from './reading-session.ts';
import { planRestore, type RestoredColumn, type RestorePlan } from './restore-plan.ts';

export interface RestoreRowOptions extends AuditOptions {
  /** The moment as of which the row is put back. */
  readonly to: AuditMoment;
  /** Says what would change and changes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Columns to leave as they are, or in a row that is gone to their defaults: those that the log cannot tell. */
  readonly except?: readonly string[] | undefined;
  /** Who does it, for the log. */
  readonly actor?: string | undefined;
}

/** What a restore did, or would do. */
export interface RestoreRowResult {
  readonly action: 'insert' | 'update' | 'none';
  /** The key that the row has then. */
  readonly key: readonly string[];
  /** By column: the text now and the text then. */
  readonly changes: Readonly<Record<string, RestoredColumn>>;
  /** Columns that stay as they are: excluded, ignored, added since, or named so. */
  readonly left: readonly string[];
  /** Columns that triggers of the table have set otherwise. */
  readonly changedByTriggers: readonly string[];
}

/** How often a row that changes meanwhile is looked at again. */
const ATTEMPTS = 5;

/**
 * Puts the row that had this key at a moment back as it was, wherever its key is now, and also when it was deleted.
 * Only a row that is known exactly is written; foreign keys, checks and triggers of the table apply as to any write, and
 * the restore is in the log like any other. Generated columns are left to PostgreSQL; an identity keeps its value.
 *
 * @throws {AuditRefusedError} when there was no such row then, or it cannot be told exactly.
 * @throws {StatementError} when PostgreSQL refuses the write; retryable when the row was held or kept changing.
 *
 * @example
 * ```ts
 * await restoreRow(client, { schema: 'public', name: 'staff' }, ['17'], { to: '2026-03-01T12:00:00Z', actor: 'staff:2' });
 * // BEGIN; UPDATE public.staff AS t SET name = v.name FROM jsonb_to_record($1) AS v(name text) WHERE t.ctid = $3 …; COMMIT
 * ```
 */
export async function restoreRow(
  db: TransactionalClient,
  table: RelationName,
  key: readonly string[],
  options: RestoreRowOptions,
): Promise<RestoreRowResult> {
  assertSession(db);
  const { to, except = [], dryRun = false, actor } = options;
  const auditSchema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  const doing = `Restoring a row of ${qualifiedName(table)}`;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const plan = await inReading(db, () => planRestore(db, auditSchema, table, key, to, except));
      const { changes, left } = plan;
      const action =
        Object.keys(changes).length === 0 ? 'none' : plan.version ? 'update' : 'insert';
      const result = { action, key: plan.key, changes, left, changedByTriggers: [] } as const;
      if (dryRun || action === 'none') return result;
      const write = () => writeRow(db, plan);
      const changedByTriggers = await givingWay(() =>
        actor === undefined
          ? inTransaction(db, write, 'BEGIN NOT DEFERRABLE')
          : withActor(db, actor, write),
      );
      if (changedByTriggers !== undefined) return { ...result, changedByTriggers };
    }
  } catch (error) {
    throw withoutValues(error, doing);
  }
  throw new StatementError(
    `${doing} was given up: the row changed each time it was looked at. Try again later.`,
    '40001',
  );
}

/** Writes what is planned; undefined when the row is not the one any more that the plan was made for. */
async function writeRow(db: TransactionalClient, plan: RestorePlan): Promise<string[] | undefined> {
  await db.query(
    `SELECT pg_catalog.set_config('lock_timeout', '500ms', true), pg_catalog.set_config('lc_monetary', 'C', true)`,
  );
  const { text, values } = plan.version ? updateStatement(plan) : insertStatement(plan);
  const { rows } = await db.query(text, values);
  if (rows.length === 0) {
    if (plan.version && !(await isUnchanged(db, plan))) return undefined;
    throw new AuditRefusedError(
      'A trigger of the table did not let the row be written. See what it asks for.',
    );
  }
  return changedByTriggers(db, plan);
}

interface Write {
  readonly text: string;
  readonly values: string[];
}

/** The columns to write, with a record of their values: parsed by the types' input functions, never by a cast. */
function valuesRecord({ live, changes }: RestorePlan) {
  const columns = live.columns.filter(({ name }) => Object.hasOwn(changes, name));
  const declared = columns.map(
    ({ name, type, isJson }) => `${quoteIdent(name)} ${isJson ? 'text' : type}`,
  );
  const value = ({ name, type, isJson }: LiveColumn) =>
    isJson ? `(v.${quoteIdent(name)})::${type}` : `v.${quoteIdent(name)}`;
  const texts = Object.fromEntries(columns.map(({ name }) => [name, changes[name]?.to ?? null]));
  return {
    columns,
    value,
    record: `pg_catalog.jsonb_to_record(($1::text)::jsonb) AS v(${declared.join(', ')})`,
    json: JSON.stringify(texts),
  };
}

function updateStatement(plan: RestorePlan): Write {
  const { columns, value, record, json } = valuesRecord(plan);
  const set = columns.map((column) => `${quoteIdent(column.name)} = ${value(column)}`);
  return {
    text: `UPDATE ${fromLive(plan.live, 't')} SET ${set.join(', ')} FROM ${record}
      WHERE ${isVersion(2)} RETURNING true AS written`,
    values: [json, ...versionValues(plan)],
  };
}

function insertStatement(plan: RestorePlan): Write {
  const { columns, value, record, json } = valuesRecord(plan);
  return {
    text: `INSERT INTO ${qualifiedName(plan.live)} (${columns.map(({ name }) => quoteIdent(name)).join(', ')})
      OVERRIDING SYSTEM VALUE SELECT ${columns.map(value).join(', ')} FROM ${record} RETURNING true AS written`,
    values: [json],
  };
}

function isVersion(first: number): string {
  return `t.tableoid = ($${first}::text)::oid AND t.ctid = ($${first + 1}::text)::tid AND t.xmin::text = $${first + 2}::text`;
}

function versionValues({ version }: RestorePlan): string[] {
  return version ? [version.relation, version.place, version.transaction] : [];
}

async function isUnchanged(db: TransactionalClient, plan: RestorePlan): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT true AS found FROM ${fromLive(plan.live, 't')} WHERE ${isVersion(1)}`,
    versionValues(plan),
  );
  return rows.length > 0;
}

/** The columns that do not hold what was written. The settings that this needs end before triggers run at COMMIT. */
async function changedByTriggers(
  db: TransactionalClient,
  { live, key, changes }: RestorePlan,
): Promise<string[]> {
  const names = Object.keys(changes);
  await db.query('SAVEPOINT look');
  await pinReadingSettings(db);
  const { rows } = await db.query(
    `SELECT pg_catalog.array_to_json(${textsOf('t', names)})::text AS json
     FROM ${fromLive(live, 't')} WHERE ${hasKey(live, 't', '$1')}`,
    [JSON.stringify([key])],
  );
  await db.query('ROLLBACK TO SAVEPOINT look');
  if (rows[0] === undefined) {
    throw new AuditRefusedError(
      'A trigger of the table gave the row another key or took it away. See what it does.',
    );
  }
  const texts = JSON.parse(rows[0].json as string) as (string | null)[];
  return names.filter((name, index) => texts[index] !== changes[name]?.to);
}
