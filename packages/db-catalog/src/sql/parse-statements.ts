import type { Node, ParseResult, ScanToken } from 'libpg-query';
import { loadParser } from './parser.ts';
import { positions, utf16OffsetOfCodePoint, utf16Offsets } from './source-text.ts';
import { SqlSyntaxError } from './sql-error.ts';

/** One statement of a script, exactly as it can be sent to a server. */
export interface SqlStatement {
  /** Without the semicolon, and without space and comments around it. */
  readonly text: string;
  /** Offset of the first character in the script, in UTF-16 units. */
  readonly start: number;
  /** Offset after the last character in the script, in UTF-16 units. */
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count. */
  readonly column: number;
  /** Name of the root node of `tree`, for example `IndexStmt`. */
  readonly kind: string;
  /** What PostgreSQL's grammar made of it. Its `location`s are UTF-8 byte offsets in the whole script. */
  readonly tree: Node;
}

/**
 * Splits a script into statements with the grammar of PostgreSQL 18.
 *
 * @throws {SqlSyntaxError} when a statement does not parse; nothing of the script is returned then
 * @throws {SqlParserMissingError} when libpg-query is not installed
 * @example
 * ```ts
 * await parseStatements('-- first\nselect 1; drop table t;');
 * // [{ kind: 'SelectStmt', text: 'select 1', line: 2, … }, { kind: 'DropStmt', text: 'drop table t', … }]
 * ```
 */
export async function parseStatements(sql: string): Promise<SqlStatement[]> {
  const { stmts = [] } = await parse(sql);
  if (stmts.length === 0) return [];
  const { scan } = await loadParser();
  const tokens = (await scan(sql)).tokens.filter(isCode);
  const toUtf16 = utf16Offsets(sql);
  const positionAt = positions(sql);
  let next = 0;
  return stmts.map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    if (stmt === undefined) throw new TypeError('The parser returned a statement without a tree.');
    const until = length === undefined ? Number.POSITIVE_INFINITY : from + length;
    while ((tokens[next]?.start ?? until) < from) next++;
    const first = tokens[next];
    let last = first;
    for (; (tokens[next]?.start ?? until) < until; next++) last = tokens[next];
    const start = toUtf16(first?.start ?? from);
    const end = toUtf16(last?.end ?? from);
    return {
      text: sql.slice(start, end),
      start,
      end,
      ...positionAt(start),
      kind: Object.keys(stmt)[0] ?? '',
      tree: stmt,
    };
  });
}

/** Parses a script; problems come out as SqlSyntaxError. */
export async function parse(sql: string): Promise<ParseResult> {
  const parser = await loadParser();
  const nul = sql.indexOf('\0');
  // The parser would take it for the end of the script and never see the rest.
  if (nul >= 0) throw new SqlSyntaxError('NUL character in SQL', positions(sql)(nul));
  if (sql.trim() === '') return { version: 0, stmts: [] };
  try {
    return await parser.parse(sql);
  } catch (cause) {
    const details = parser.hasSqlDetails(cause) ? cause.sqlDetails : undefined;
    const offset = utf16OffsetOfCodePoint(sql, details?.cursorPosition ?? 0);
    throw new SqlSyntaxError(
      cause instanceof Error ? cause.message : String(cause),
      positions(sql)(offset),
      { cause },
    );
  }
}

function isCode({ tokenName, text }: ScanToken): boolean {
  return tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT' && text !== ';';
}
