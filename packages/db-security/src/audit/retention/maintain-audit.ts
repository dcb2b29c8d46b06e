import { type Queryable, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../../errors.ts';
import { givingWay } from '../../giving-way.ts';
import { BatchSize } from '../evidence/batch-size.ts';
import { readSeals } from '../evidence/read-seals.ts';
import { sealAudit } from '../evidence/seal-audit.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';

export interface MaintainAuditOptions extends AuditOptions {
  /** Months that have a partition before they begin. @default 2 */
  readonly ahead?: number | undefined;
  /** Whole months that are kept besides the present one; older ones are dropped. @default none is dropped */
  readonly retention?: number | undefined;
  /** Entries of one month that are moved out of the default partition at most: writers to it wait meanwhile. @default 100_000 */
  readonly maxMoved?: number | undefined;
  /** Only tells. @default false */
  readonly dryRun?: boolean | undefined;
}

/** A month and how many entries it was about. */
export interface MaintainedMonth {
  /** As yyyy-mm. */
  readonly month: string;
  readonly entries: number;
}

/** What {@link maintainAudit} did, or would do, and what it left. */
export interface MaintainAuditResult {
  /** Months that got their partition, with the entries that were moved into it. */
  readonly made: readonly MaintainedMonth[];
  /** Months past retention that were dropped. */
  readonly dropped: readonly MaintainedMonth[];
  /** What should have been done and was not. */
  readonly left: readonly (MaintainedMonth & {
    readonly action: 'make' | 'drop';
    readonly reason: string;
  })[];
}

const REASONS = {
  detached:
    'a table of that name exists and is no partition of the log: look what it holds, then attach or rename it',
  large:
    'the default partition holds more entries of it than may be moved while writers wait: run again at a quiet time with a higher maxMoved',
  unsealed:
    'not all of its entries are sealed, or some are gone: run verifyAudit and look at what it says',
  tampered: 'its entries are not as they were sealed: run verifyAudit, and keep it as evidence',
  earlier: 'an earlier month is still there, and months are dropped in order',
  clock:
    'the clock of the server and that of this machine differ by more than a day: nothing is dropped by a wrong clock',
} as const;

/**
 * Makes the partitions of the months to come, moves into theirs what stands in the default partition, and drops months
 * past retention: only those of which every entry is sealed and as it was sealed, each with a note. Run it daily. Each
 * month is one transaction that waits half a second at most for a lock and is then tried again.
 *
 * @throws {TreatmentError} when a number of months is none.
 * @throws {StatementError} when PostgreSQL refuses; retryable when a lock was not to be had. What was done stays.
 *
 * @example
 * ```ts
 * const { left } = await maintainAudit(db, { retention: 24 });
 * // SELECT moved, refused FROM audit.make_month($1, $2) · SELECT dropped, refused FROM audit.drop_month($1, $2)
 * for (const { month, action, reason } of left) console.warn(month, action, reason);
 * ```
 */
export async function maintainAudit(
  db: Queryable,
  options: MaintainAuditOptions = {},
): Promise<MaintainAuditResult> {
  const { schema = DEFAULT_AUDIT_SCHEMA, dryRun = false } = options;
  const { ahead, retention } = options;
  if (
    ![ahead ?? 0, retention ?? 0].every((months) => Number.isSafeInteger(months) && months >= 0)
  ) {
    throw new TreatmentError(
      'The months ahead and of retention are whole numbers from 0. Nothing was done: correct them and call again.',
    );
  }
  const run = { db, s: quoteIdent(schema), schema, dryRun };
  const result = { made: [], dropped: [], left: [] };
  try {
    await makeMonths(run, options, result);
    if (retention !== undefined) await dropMonths(run, retention, result);
    return result;
  } catch (error) {
    throw withoutValues(error, 'Maintaining the audit log');
  }
}

interface Run {
  readonly db: Queryable;
  /** The quoted schema. */
  readonly s: string;
  readonly schema: string;
  readonly dryRun: boolean;
}

type Outcome = { -readonly [K in keyof MaintainAuditResult]: MaintainAuditResult[K][number][] };

async function makeMonths(
  { db, s, dryRun }: Run,
  { ahead = 2, maxMoved = 100_000 }: MaintainAuditOptions,
  { made, left }: Outcome,
): Promise<void> {
  const { rows } = await db.query(
    `SELECT to_char(wanted.month, 'YYYY-MM-DD') AS month, to_char(wanted.month, 'YYYY-MM') AS name, sum(wanted.entries)::float8 AS entries FROM (
       SELECT (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => n))::date AS month, 0 AS entries
       FROM generate_series(0, $1::int) AS n
       UNION ALL
       SELECT date_trunc('month', l.at AT TIME ZONE 'UTC')::date, 1 FROM ONLY ${s}.log_default AS l WHERE isfinite(l.at)
     ) AS wanted
     WHERE NOT EXISTS (
       SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
       WHERE i.inhparent = ${quoteLiteral(`${s}.log`)}::regclass AND c.relname = 'log_' || to_char(wanted.month, 'YYYY_MM'))
     GROUP BY wanted.month ORDER BY wanted.month`,
    [ahead],
  );
  for (const { month, name, entries } of rows as {
    month: string;
    name: string;
    entries: number;
  }[]) {
    if (dryRun) {
      if (entries > maxMoved)
        left.push({ month: name, entries, action: 'make', reason: REASONS.large });
      else made.push({ month: name, entries });
      continue;
    }
    const { moved, refused } = await givingWay(async () => {
      const done = await db.query(
        `SELECT moved::float8 AS moved, refused FROM ${s}.make_month($1::date, $2)`,
        [month, maxMoved],
      );
      return done.rows[0] as { moved: number; refused: 'exists' | 'detached' | 'large' | null };
    });
    if (refused === null) made.push({ month: name, entries: moved });
    // Else another run made it meanwhile.
    else if (refused !== 'exists')
      left.push({ month: name, entries, action: 'make', reason: REASONS[refused] });
  }
}

async function dropMonths(run: Run, retention: number, { dropped, left }: Outcome): Promise<void> {
  const { db, s, schema, dryRun } = run;
  const { rows } = await db.query(
    `SELECT to_char(due.month, 'YYYY-MM-DD') AS month, to_char(due.month, 'YYYY-MM') AS name, abs(extract(epoch FROM clock_timestamp()) * 1000 - $2::float8) > 86400000 AS "isClockWrong"
     FROM (
       SELECT to_date(substring(c.relname FROM 5), 'YYYY_MM') AS month
       FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
       WHERE i.inhparent = ${quoteLiteral(`${s}.log`)}::regclass AND c.relname ~ '^log_[0-9]{4}_[0-9]{2}$'
     ) AS due
     WHERE due.month < date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') - make_interval(months => $1::int)
     ORDER BY due.month`,
    [retention, Date.now()],
  );
  const due = rows as { month: string; name: string; isClockWrong: boolean }[];
  if (due.length > 0 && !dryRun) await sealAudit(db, { schema });
  for (const { month, name, isClockWrong } of due) {
    let entries = 0;
    const leave = (why: keyof typeof REASONS) =>
      left.push({ month: name, entries, action: 'drop', reason: REASONS[why] });
    if (isClockWrong || left.some(({ action }) => action === 'drop')) {
      leave(isClockWrong ? 'clock' : 'earlier');
      continue;
    }
    const examined = await examineMonth(run, month);
    entries = examined.entries;
    if (!examined.isIntact) leave('tampered');
    else if (dryRun) dropped.push({ month: name, entries });
    else {
      const outcome = await givingWay(async () => {
        const done = await db.query(
          `SELECT dropped::float8 AS dropped, refused FROM ${s}.drop_month($1::date, $2)`,
          [month, retention],
        );
        return done.rows[0] as {
          dropped: number;
          refused: 'kept' | 'missing' | 'unsealed' | null;
        };
      });
      if (outcome.refused === null) dropped.push({ month: name, entries: outcome.dropped });
      else if (outcome.refused === 'unsealed') leave('unsealed');
      // Else another run dropped it meanwhile.
    }
  }
}

/** Whether what is there of a month is as it was sealed. Whether all of it is there, `drop_month` asks under lock. */
async function examineMonth({ db, s }: Run, month: string) {
  const batches = new BatchSize();
  let [entries, after, isIntact] = [0, 0, true];
  for (;;) {
    const seals = await readSeals(
      db,
      { s, after, afterHash: undefined, lowId: '0', month },
      batches,
    );
    const last = seals.at(-1);
    if (last === undefined) return { entries, isIntact };
    for (const seal of seals) {
      entries += seal.found;
      isIntact &&= seal.isIntact || seal.found === 0;
    }
    after = last.number;
  }
}
