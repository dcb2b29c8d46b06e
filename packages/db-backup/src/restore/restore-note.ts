/**
 * What a restore writes down in the database it works on, so that a later run can tell its own unfinished work from
 * anybody else's: a schema with one row, and in a database it made itself also the comment of that database.
 */
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRow, queryRows } from '../connection/query-rows.ts';

/** Schema that stands in a database while it is being restored. */
export const NOTE_SCHEMA = 'tothub_restore';

/** Which restore is at work, or was. */
export interface RestoreNote {
  readonly backupId: string;
  readonly seal: string;
  /** True where everything is loaded in one transaction: there is all of it or nothing. */
  readonly oneTransaction: boolean;
}

/** Reads the note; undefined where no restore is unfinished. */
export async function readNote(client: pg.Client): Promise<RestoreNote | undefined> {
  const { found } = await queryRow<{ found: string | null }>(
    client,
    `SELECT to_regclass('${NOTE_SCHEMA}.note') AS found`,
  );
  if (found === null) return undefined;
  const [note] = await queryRows<Record<'backup_id' | 'seal' | 'one', string>>(
    client,
    `SELECT backup_id, seal, one_transaction::text AS one FROM ${NOTE_SCHEMA}.note`,
  );
  return note && { backupId: note.backup_id, seal: note.seal, oneTransaction: note.one === 'true' };
}

/** Writes the note, and a table for the steps that are done. */
export async function writeNote(client: pg.Client, note: RestoreNote): Promise<void> {
  await client.query(
    `BEGIN;
     CREATE SCHEMA ${NOTE_SCHEMA};
     COMMENT ON SCHEMA ${NOTE_SCHEMA} IS 'tothub-db is restoring a backup into this database; the same command finishes it.';
     CREATE TABLE ${NOTE_SCHEMA}.note (backup_id text NOT NULL, seal text NOT NULL, one_transaction boolean NOT NULL);
     CREATE TABLE ${NOTE_SCHEMA}.step (key text PRIMARY KEY);
     INSERT INTO ${NOTE_SCHEMA}.note VALUES (${quoteLiteral(note.backupId)}, ${quoteLiteral(note.seal)}, ${note.oneTransaction});
     COMMIT;`,
  );
}

/** Takes the note away: the restore is done, or nothing of it is left. `more` is run in the same transaction. */
export async function removeNote(client: pg.Client, more?: string): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${NOTE_SCHEMA} CASCADE;${more ?? ''}`);
}

/** Steps that earlier runs finished. */
export async function stepsDone(client: pg.Client): Promise<Set<string>> {
  const rows = await queryRows<{ key: string }>(client, `SELECT key FROM ${NOTE_SCHEMA}.step`);
  return new Set(rows.map((row) => row.key));
}

/** Keeps two runs off one database, until the session ends. False where another one is at work. */
export async function claimDatabase(client: pg.Client): Promise<boolean> {
  const { claimed } = await queryRow<{ claimed: string }>(
    client,
    `SELECT pg_try_advisory_lock(hashtextextended('tothub-db restore', 0))::text AS claimed`,
  );
  return claimed === 'true';
}

/** What the comment of a database says that a restore made or put aside. */
export type DatabaseNote =
  | {
      /** `filled`: everything is in it, not yet compared. `finished`: only the name is missing. */
      readonly state: 'loading' | 'filled' | 'finished';
      readonly backupId: string;
      readonly seal: string;
      readonly database: string;
      /** What could not be restored, once it is filled. */
      readonly notRestored?: readonly string[];
    }
  | {
      readonly state: 'kept';
      readonly backupId: string;
      readonly database: string;
      readonly at: string;
      /** Comment that the database had of its own. */
      readonly comment: string | null;
    };

const PREFIX = 'tothub-db restore ';

/** Reads what a restore wrote on a database; undefined where none did. */
export function parseDatabaseNote(comment: string | null): DatabaseNote | undefined {
  if (!comment?.startsWith(PREFIX)) return undefined;
  try {
    return JSON.parse(comment.slice(PREFIX.length)) as DatabaseNote;
  } catch {
    return undefined;
  }
}

/** Statement that writes it. */
export function noteDatabase(database: string, note: DatabaseNote): string {
  return commentDatabase(database, PREFIX + JSON.stringify(note));
}

/** Statement that comments on a database. */
export function commentDatabase(database: string, comment: string | null): string {
  return `COMMENT ON DATABASE ${quoteIdent(database)} IS ${comment === null ? 'NULL' : quoteLiteral(comment)}`;
}

/** Owner and comment of any database of the server; undefined where there is no such database. */
export async function describeNamed(
  client: pg.Client,
  database: string,
): Promise<{ readonly owner: string; readonly comment: string | null } | undefined> {
  const [row] = await queryRows<{ owner: string; comment: string | null }>(
    client,
    `SELECT pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment
     FROM pg_database WHERE datname = $1`,
    [database],
  );
  return row;
}
