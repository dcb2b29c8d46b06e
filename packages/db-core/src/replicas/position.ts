/** Positions in the write-ahead log, as tokens: what a client shows to read its own writes. */
import { z } from 'zod';
import type { Executor } from '../database/database.ts';
import { InvalidInputError } from '../errors/query-errors.ts';
import { pgType } from '../query/pg-type.ts';
import { rowShape } from '../query/row-shape.ts';

const insertShape = rowShape(z.object({ lsn: pgType.text }));
const replayShape = rowShape(z.object({ lsn: pgType.text.nullable(), isInRecovery: pgType.bool }));

/** Version of the token, so that another kind can be told from it one day. */
const PREFIX = 'p1-';
const TOKEN = /^p1-[0-9a-f]{16}$/;

/** The token of a position; opaque to everybody else. */
export function positionToken(lsn: bigint): string {
  return PREFIX + lsn.toString(16).padStart(16, '0');
}

/** @throws InvalidInputError for what is no token */
export function positionOf(token: string): bigint {
  if (!TOKEN.test(token)) {
    throw new InvalidInputError(
      'The position is not one that this package gave out. Pass what db.position() gave, or leave `after` out.',
    );
  }
  return BigInt(`0x${token.slice(PREFIX.length)}`);
}

/** A `pg_lsn` in PostgreSQL's spelling, such as `16/B374D848`. */
export function parseLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Where the primary writes next: everything committed so far lies before it. */
export async function insertPosition(primary: Executor): Promise<bigint> {
  const { rows } = await primary.execute({
    name: 'position',
    access: 'read',
    text: 'SELECT pg_current_wal_insert_lsn()::text AS lsn',
    values: [],
    shape: insertShape,
  });
  return parseLsn((rows[0] as { lsn: string }).lsn);
}

/** How far a replica has replayed; null for a server that is no replica. */
export async function replayPosition(
  replica: Executor,
  options?: { readonly timeoutMs: number },
): Promise<bigint | null> {
  const { rows } = await replica.execute(
    {
      name: 'replayPosition',
      access: 'read',
      text: 'SELECT pg_last_wal_replay_lsn()::text AS lsn, pg_is_in_recovery() AS "isInRecovery"',
      values: [],
      shape: replayShape,
    },
    options,
  );
  const { lsn, isInRecovery } = rows[0] as { lsn: string | null; isInRecovery: boolean };
  return isInRecovery && lsn !== null ? parseLsn(lsn) : null;
}
