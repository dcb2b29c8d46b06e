import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import type pg from 'pg';
import { applyAccess } from '../../access/apply-access.ts';
import { withConnection } from '../../connection/connect.ts';
import { queryRow, queryRows } from '../../connection/query-rows.ts';
import {
  BackupError,
  messageOf,
  RestoreFailedError,
  TableExistsError,
  withoutRowValues,
} from '../../errors.ts';
import { findRestoreTools } from '../../native/restore-tools.ts';
import { relationKey } from '../../relation-key.ts';
import type { OpenedBackup } from '../../storage/open-backup.ts';
import type { Filled } from '../into-database.ts';
import { restoreProgress } from '../load-dump.ts';
import type { RestorePlan } from '../plan-restore.ts';
import type { RestoreBackupOptions } from '../restore-options.ts';
import { type ArchivePiece, archivePieces } from './archive-pieces.ts';
import { placeOf } from './load-stepwise.ts';
import { type PieceRun, policiesWithRoles, runPiece, skipPiece, tableOf } from './run-piece.ts';
import { selectTables, type TableSelection } from './select-tables.ts';

/** What may be left out, and is listed then: it leads to other objects, which may not be there or not fit. */
const TOLERATED = new Set([
  'FK CONSTRAINT',
  'TRIGGER',
  'RULE',
  'POLICY',
  'COMMENT',
  'SECURITY LABEL',
]);

/**
 * Adds single tables to a database, with rows, indexes, constraints, sequences, owners and privileges, all in one
 * transaction. Foreign keys, triggers, rules and policies that do not fit what is there are left out and listed.
 *
 * @throws TableExistsError before anything is written, when one of them is there already
 * @throws RestoreFailedError when the server refuses something; then nothing is kept
 */
export function restoreTables(
  backup: OpenedBackup,
  plan: RestorePlan,
  options: RestoreBackupOptions,
): Promise<Filled> {
  const { manifest, catalog } = backup;
  const selection = selectTables(catalog, options.tables ?? []);
  const withoutRows = new Set(manifest.selection?.rowsLeftOut.map(relationKey));
  const { schema } = options;
  const placed = ({ schema: own, name }: RelationName): RelationName => ({
    schema: schema ?? own,
    name,
  });
  return withConnection(options.into, options.signal, async (client) => {
    await assertMissing(client, [...selection.tables, ...selection.sequences].map(placed));
    const rows = new Map(manifest.tables.map((table) => [relationKey(table), table.rows]));
    const relations = [...selection.tables, ...selection.sequences];
    const run: PieceRun = {
      serverMajor: plan.facts.serverMajor,
      rowsOf: (table) => rows.get(relationKey(table)) ?? 0,
      sequences: selection.sequences,
      instead: policiesWithRoles(catalog, options.mapRoles ?? {}, plan.roleOf),
      ...(schema !== undefined && { move: { relations, schema } }),
    };
    await client.query('BEGIN');
    try {
      await makeSchemas(client, selection.tables.map(placed));
      const leftOut = await load(client, backup, { ...options, plan, selection, run });
      await assertRows(client, selection, rows, placed);
      const names = new Set(relations.map((relation) => qualifiedName(relation)));
      const { access } = manifest;
      const missing =
        access && options.access !== false && schema === undefined
          ? await applyAccess(client, access, {
              roleOf: plan.roleOf,
              isNewDatabase: false,
              only: (kind, name) => /^(table|column|sequence)$/.test(kind) && names.has(name),
              inTransaction: true,
            })
          : [];
      await client.query('COMMIT');
      const empty = selection.tables
        .filter((table) => withoutRows.has(relationKey(table)))
        .map((table) => `rows of ${qualifiedName(table)}: the backup was taken without them`);
      const own =
        schema === undefined
          ? []
          : [`owners and privileges: what stands in another schema belongs to the restoring role`];
      return {
        oneTransaction: true,
        notRestored: [...leftOut, ...selection.leftOut, ...missing, ...own, ...empty],
      };
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function assertMissing(client: pg.Client, relations: readonly RelationName[]): Promise<void> {
  const found = await queryRows<{ schema: string; name: string }>(
    client,
    `SELECT wanted.schema, wanted.name FROM json_to_recordset($1) AS wanted(schema text, name text)
     JOIN pg_namespace n ON n.nspname = wanted.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name`,
    [JSON.stringify(relations)],
  );
  if (found.length > 0) throw new TableExistsError(found.map((one) => qualifiedName(one)));
}

async function makeSchemas(client: pg.Client, tables: readonly RelationName[]): Promise<void> {
  for (const schema of new Set(tables.map((table) => table.schema)))
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(schema)}`);
}

interface LoadOptions extends RestoreBackupOptions {
  readonly plan: RestorePlan;
  readonly selection: TableSelection;
  readonly run: PieceRun;
}

async function load(
  client: pg.Client,
  backup: OpenedBackup,
  { plan, selection, run, ...options }: LoadOptions,
): Promise<string[]> {
  const { engine } = backup.manifest;
  const tools =
    engine.name === 'native'
      ? await findRestoreTools(engine.version, plan.facts.serverMajor, options.binDir)
      : undefined;
  const leftOut: string[] = [];
  const wanted = new Set(selection.tables.map(relationKey));
  const takes = (one: ArchivePiece): boolean => {
    if (one.kind === 'sql') return selection.takes(one.piece);
    const { header } = one.part;
    return (
      header.kind === 'sequences' || (header.kind === 'table' && wanted.has(relationKey(header)))
    );
  };
  const only = [...selection.tables, ...selection.sequences];
  const progress = restoreProgress(backup, options.onProgress, selection.tables.length);
  let place = 'the connection';
  try {
    const { signal } = options;
    for await (const one of archivePieces(backup, {
      tools,
      only,
      signal,
      onBytes: progress.bytes,
    })) {
      if (!takes(one)) {
        await skipPiece(client, one);
        continue;
      }
      place = placeOf(one);
      const table = tableOf(one);
      if (table !== undefined) progress.table(table);
      if (one.kind === 'sql' && TOLERATED.has(one.piece.type)) {
        const refused = await attempt(client, () => runPiece(client, one, run));
        if (refused !== undefined) leftOut.push(`${place}: ${refused}`);
      } else await runPiece(client, one, run);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw new RestoreFailedError(
      `The restore failed at ${place}: ${messageOf(error)}. Nothing was kept; mend the cause and restore again.`,
      { cause: withoutRowValues(error) },
    );
  }
  return leftOut;
}

/** Runs something that may fail inside a transaction; the reason where it does. */
async function attempt(client: pg.Client, work: () => Promise<void>): Promise<string | undefined> {
  await client.query('SAVEPOINT tothub_attempt');
  try {
    await work();
    await client.query('RELEASE SAVEPOINT tothub_attempt');
    return undefined;
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT tothub_attempt');
    return messageOf(error);
  }
}

/** A trigger of the database itself, or a rule, may have dropped rows. */
async function assertRows(
  client: pg.Client,
  { tables }: TableSelection,
  rows: ReadonlyMap<string, number>,
  placed: (relation: RelationName) => RelationName,
): Promise<void> {
  for (const table of tables) {
    const expected = rows.get(relationKey(table));
    if (expected === undefined) continue;
    const from = `${table.kind === 'table' ? 'ONLY ' : ''}${qualifiedName(placed(table))}`;
    const { count } = await queryRow<{ count: string }>(client, `SELECT count(*) FROM ${from}`);
    if (Number(count) !== expected) {
      throw new RestoreFailedError(
        `${qualifiedName(placed(table))} received ${count} rows instead of ${expected}. Nothing was kept; look for a trigger or rule that drops rows, then restore again.`,
      );
    }
  }
}
