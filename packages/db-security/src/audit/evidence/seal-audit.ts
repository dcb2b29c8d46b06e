import { setTimeout as sleep } from 'node:timers/promises';
import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { AuditEvidenceError, throwIfAborted, withoutValues } from '../../errors.ts';
import { givingWay } from '../../giving-way.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { readAnchor } from './anchor.ts';
import { BatchSize, ENTRIES_PER_STATEMENT } from './batch-size.ts';

export interface SealAuditOptions extends AuditOptions {
  /** Entries in one transaction, and so in one seal, at most. Fewer where a time limit of the session demands it. @default 50_000 */
  readonly batchSize?: number | undefined;
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link sealAudit} did. */
export interface SealAuditResult {
  readonly seals: number;
  readonly entries: number;
  /** Stands for all that is sealed now: keep it outside the database. Undefined as long as nothing is sealed. */
  readonly anchor: string | undefined;
}

/**
 * Seals every committed entry of the audit log that no seal covers yet. Run it every minute or so: an entry can be
 * tampered with unseen until it is sealed. Writers are never kept waiting, two at once take turns, and what a run that
 * was killed had sealed stays sealed.
 *
 * @throws {AuditEvidenceError} when the log's sequence was set back: entries written since then cannot be told from forged ones.
 * @throws {AbortedError} when the signal fires.
 * @throws {StatementError} when PostgreSQL refuses; EXECUTE on `seal_log` is for the log's owner unless granted.
 *
 * @example
 * ```ts
 * const { anchor } = await sealAudit(db); // SELECT seals, entries FROM audit.seal_log($1)
 * if (anchor !== undefined) await keepElsewhere(anchor);
 * ```
 */
export async function sealAudit(
  db: Queryable,
  options: SealAuditOptions = {},
): Promise<SealAuditResult> {
  const { schema = DEFAULT_AUDIT_SCHEMA, batchSize = ENTRIES_PER_STATEMENT, signal } = options;
  const batches = new BatchSize(batchSize);
  const done = { seals: 0, entries: 0 };
  try {
    for (;;) {
      throwIfAborted(signal);
      const { seals, entries, isFull } = await batches.run((size) =>
        givingWay(() => sealBatch(db, schema, size)),
      );
      done.seals += seals;
      done.entries += entries;
      if (!isFull) break;
    }
  } catch (error) {
    throw asEvidenceError(error, schema);
  }
  return { ...done, anchor: await readAnchor(db, { schema }) };
}

/** How often a batch is tried again when another sealer took its number. */
const ATTEMPTS = 50;

async function sealBatch(db: Queryable, schema: string, size: number) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await db.query(
        `SELECT seals::int, entries::int FROM ${quoteIdent(schema)}.seal_log($1)`,
        [size],
      );
      const { seals, entries } = rows[0] as { seals: number; entries: number };
      return { seals, entries, isFull: entries >= size };
    } catch (error) {
      // Under repeatable read another sealer's work is not seen, but the number that it took is.
      const { code } = error as { code?: unknown };
      if ((code !== '23505' && code !== '40001') || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * 2 * attempt);
    }
  }
}

function asEvidenceError(error: unknown, schema: string): Error {
  const { code } = error as { code?: unknown };
  const safe = withoutValues(error, 'Sealing the audit log');
  if (code !== '55000') return safe;
  return new AuditEvidenceError(
    `The sequence ${quoteIdent(schema)}.log_id_seq stands below an id that was drawn before: it was set back. ` +
      'Set it above the highest last_id of the seals, seal again, and look at what verifyAudit reports as added.',
    { cause: safe },
  );
}
