import type { SqlStatement } from '@tothub/db-catalog/sql';
import pg from 'pg';
import { sqlstateOf } from '../connection/server-error.ts';
import type { Blocker } from '../events.ts';
import type { MigrationScript } from '../files/read-migrations.ts';

/** What went wrong in one statement, before it is known whether the transaction is tried again. Internal. */
export class StatementError extends Error {
  readonly sqlstate: string | null;
  /** Null when COMMIT failed. */
  readonly statement: SqlStatement | null;
  /** Offset of the error in the script, in UTF-16 units. */
  readonly offset: number | null;
  readonly blockers: readonly Blocker[];

  constructor(
    cause: unknown,
    statement: SqlStatement | null,
    sentAsWritten: boolean,
    blockers: readonly Blocker[],
  ) {
    super('A statement failed.', { cause });
    this.sqlstate = sqlstateOf(cause);
    this.statement = statement;
    this.blockers = blockers;
    const position =
      sentAsWritten && cause instanceof pg.DatabaseError ? Number(cause.position) : Number.NaN;
    this.offset =
      statement === null
        ? null
        : statement.start + (position > 0 ? utf16Length(statement.text, position - 1) : 0);
  }

  /** Line and column, counted from 1. */
  place(script: MigrationScript): { line: number; column: number } | null {
    if (this.offset === null) return null;
    const lines = script.sql.slice(0, this.offset).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

/** UTF-16 units of the first `count` characters: the server counts characters, JavaScript units. */
function utf16Length(text: string, count: number): number {
  let length = 0;
  for (const character of text) {
    if (count-- <= 0) break;
    length += character.length;
  }
  return length;
}
