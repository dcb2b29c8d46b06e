import { quoteIdent } from '@tothub/db-catalog';
import { parseStatements, type SqlStatement } from '@tothub/db-catalog/sql';
import { type IndexStmt, scan } from 'libpg-query';
import type { Run } from '../lock/with-runner.ts';
import { relationName } from './index-state.ts';

/** True when the statement would build the index that `definition` (from `pg_get_indexdef`) describes. */
export async function definesSameIndex(
  run: Run,
  statement: SqlStatement,
  index: IndexStmt,
  definition: string,
): Promise<boolean> {
  const existing = await comparableForm(definition);
  if ((await comparableForm(statement.text)) === existing) return true;
  // The server rewrites what it is given (`IN` to `= ANY`, casts, default operator classes): let it do so here too.
  const canonical = await canonicalDefinition(run, statement, index);
  return canonical !== null && (await comparableForm(canonical)) === existing;
}

/** Names under which parse trees keep places in the text. */
const PLACE = /(^|_)(location|list_start|list_end)$/;

/** The parse tree without places, schema of the table, CONCURRENTLY and IF NOT EXISTS. */
async function comparableForm(sql: string): Promise<string> {
  const tree = (await parseStatements(sql))[0]?.tree;
  if (!tree || !('IndexStmt' in tree)) return sql;
  const { concurrent: _c, if_not_exists: _i, relation, ...rest } = tree.IndexStmt;
  return JSON.stringify({ ...rest, table: relation?.relname }, (key, value: unknown) =>
    PLACE.test(key) ? undefined : value,
  );
}

/**
 * What PostgreSQL makes of the statement: the index is built on an empty temporary copy of the table, in a
 * transaction that is rolled back. Null where that cannot be done, for example without the right to TEMPORARY.
 */
async function canonicalDefinition(
  run: Run,
  statement: SqlStatement,
  index: IndexStmt,
): Promise<string | null> {
  const { client } = run.worker;
  if (!index.relation?.relname) return null;
  const copy = quoteIdent(index.relation.relname);
  const onCopy = await statementOnCopy(statement.text, copy);
  if (onCopy === null) return null;
  try {
    await client.query('BEGIN');
    await client.query(`CREATE TEMPORARY TABLE ${copy} (LIKE ${relationName(index.relation)})`);
    await client.query(onCopy);
    const { rows } = await client.query<{ definition: string }>(
      'SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = $1::regclass',
      [`pg_temp.${copy}`],
    );
    return rows[0]?.definition ?? null;
  } catch (error) {
    if (run.worker.isLost) throw error;
    return null;
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
}

/** The statement without CONCURRENTLY, on `pg_temp.copy` instead of its table: an edit of the text at tokens. */
async function statementOnCopy(text: string, copy: string): Promise<string | null> {
  const tree = (await parseStatements(text))[0]?.tree;
  const tableAt = tree && 'IndexStmt' in tree ? tree.IndexStmt.relation?.location : undefined;
  const { tokens } = await scan(text);
  const keyword = tokens.find((t) => t.text.toLowerCase() === 'concurrently');
  const table = tokens.findIndex((t) => t.start === tableAt);
  if (!keyword || table < 0) return null;
  let last = table;
  while (tokens[last + 1]?.text === '.') last += 2;
  // Offsets of tokens count UTF-8 bytes.
  const bytes = Buffer.from(text);
  return [
    bytes.subarray(0, keyword.start),
    bytes.subarray(keyword.end, tableAt),
    `pg_temp.${copy}`,
    bytes.subarray(tokens[last]?.end),
  ].join('');
}
