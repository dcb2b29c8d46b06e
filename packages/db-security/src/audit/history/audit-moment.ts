/** A moment in the life of a table: a time, or just after one entry of the log. */
import type { Queryable } from '@tothub/db-catalog';
import { AuditRefusedError } from '../../errors.ts';

/**
 * A moment: a `Date`, any text that PostgreSQL reads as `timestamptz` (UTC where it names no zone; microseconds), or
 * the number of a log entry, meaning right after it.
 */
export type AuditMoment = Date | string | { readonly id: number };

/** A moment as it stands in statements: what is compared, and with what. */
export interface ResolvedMoment {
  readonly column: 'at' | 'id';
  readonly value: string;
  readonly cast: 'timestamptz' | 'bigint';
}

/**
 * Reads a moment; a session in UTC decides what a text means.
 *
 * @throws {AuditRefusedError} when it is none.
 */
export async function resolveMoment(db: Queryable, moment: AuditMoment): Promise<ResolvedMoment> {
  if (typeof moment === 'object' && 'id' in moment) {
    if (!Number.isSafeInteger(moment.id) || moment.id < 0) throw notAMoment();
    return { column: 'id', value: String(moment.id), cast: 'bigint' };
  }
  if (moment instanceof Date && Number.isNaN(moment.getTime())) throw notAMoment();
  const text = moment instanceof Date ? moment.toISOString() : moment;
  try {
    const { rows } = await db.query('SELECT ($1::text)::timestamptz::text AS value', [text]);
    return { column: 'at', value: rows[0].value as string, cast: 'timestamptz' };
  } catch (error) {
    // invalid_datetime_format, datetime_field_overflow, time_zone_displacement, invalid_parameter_value
    const { code } = error as { code?: unknown };
    if (code !== '22007' && code !== '22008' && code !== '22009' && code !== '22023') throw error;
    throw notAMoment();
  }
}

function notAMoment(): AuditRefusedError {
  return new AuditRefusedError(
    'The moment is neither a time nor the number of a log entry. Pass a Date, a time like 2026-03-01T12:00:00Z, or { id }.',
  );
}
