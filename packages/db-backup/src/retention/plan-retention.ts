/**
 * Which backups a retention policy keeps: a pure function of what there is and of now, so that a dry run and the run
 * itself cannot differ. Each rule keeps the newest backup of each of so many periods that have one, as restic and
 * borg do; periods without a backup use nothing up, so that a long silence never empties the shelf.
 */

/** How many backups stay. What no rule keeps goes; at least one rule must be given. */
export interface RetentionPolicy {
  /** The newest, whatever their age. */
  readonly keepLast?: number | undefined;
  /** The newest of each of this many days (UTC) that have one. */
  readonly keepDaily?: number | undefined;
  /** The newest of each of this many ISO weeks (Monday to Sunday, UTC) that have one. */
  readonly keepWeekly?: number | undefined;
  /** The newest of each of this many months (UTC) that have one. */
  readonly keepMonthly?: number | undefined;
  /** The newest of each of this many years (UTC) that have one. */
  readonly keepYearly?: number | undefined;
}

/** A backup as far as retention looks at it. */
export interface RetainedBackup {
  readonly name: string;
  readonly startedAt: Date;
  readonly isVerified: boolean;
  /** Somebody reads it, or is verifying it again and may find it wanting. @default false */
  readonly isInUse?: boolean;
}

/** Why a backup stays: a rule, or what no rule can override. */
export type RetentionReason =
  | 'last'
  | 'daily'
  | 'weekly'
  | 'monthly'
  | 'yearly'
  | 'newest verified'
  | 'from the future'
  | 'in use';

/** What becomes of one backup; no reasons mean that it goes. */
export interface RetentionDecision {
  readonly name: string;
  readonly reasons: readonly RetentionReason[];
}

const DAY_MS = 86_400_000;
/** Clocks of machines differ by seconds; what is further ahead was named by a clock that is wrong. */
const FUTURE_MS = 60_000;

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Monday of the week, which names an ISO week as well as its number does. */
function weekOf(at: Date): string {
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  return dayOf(new Date(at.getTime() - sinceMonday * DAY_MS));
}

interface Rule {
  readonly reason: RetentionReason;
  readonly count: number;
  periodOf(backup: RetainedBackup): string;
}

function rulesOf(policy: RetentionPolicy): Rule[] {
  const rules: Rule[] = [
    { reason: 'last', count: policy.keepLast ?? 0, periodOf: ({ name }) => name },
    { reason: 'daily', count: policy.keepDaily ?? 0, periodOf: (one) => dayOf(one.startedAt) },
    { reason: 'weekly', count: policy.keepWeekly ?? 0, periodOf: (one) => weekOf(one.startedAt) },
    {
      reason: 'monthly',
      count: policy.keepMonthly ?? 0,
      periodOf: (one) => dayOf(one.startedAt).slice(0, 7),
    },
    {
      reason: 'yearly',
      count: policy.keepYearly ?? 0,
      periodOf: (one) => dayOf(one.startedAt).slice(0, 4),
    },
  ];
  const faulty = rules.find(({ count }) => !Number.isSafeInteger(count) || count < 0);
  if (faulty !== undefined) {
    throw new RangeError(
      `How many ${faulty.reason} backups to keep is ${faulty.count}. Give a whole number of at least 0.`,
    );
  }
  if (rules.every(({ count }) => count === 0)) {
    throw new RangeError('This policy would keep nothing. Give at least one rule a count above 0.');
  }
  return rules;
}

/**
 * Decides about the backups of one database. The newest verified one always stays, one that nobody is just putting to the test; so
 * does what is in use, and any that seems to come from the future: it counts for no rule, since nobody can tell how old it is.
 *
 * @throws RangeError for a count that is no whole number, or a policy without any rule
 * @example
 * ```ts
 * planRetention(backups, { keepDaily: 7, keepMonthly: 12 }, new Date());
 * // [{ name: 'app-20260102T…', reasons: ['daily', 'monthly'] }, { name: 'app-20260101T…', reasons: [] }]
 * ```
 */
export function planRetention(
  backups: readonly RetainedBackup[],
  policy: RetentionPolicy,
  now: Date,
): readonly RetentionDecision[] {
  const rules = rulesOf(policy);
  const newestFirst = backups.toSorted(
    (a, b) => b.startedAt.getTime() - a.startedAt.getTime() || (a.name < b.name ? 1 : -1),
  );
  const isFuture = (one: RetainedBackup): boolean =>
    one.startedAt.getTime() > now.getTime() + FUTURE_MS;
  const newestVerified = newestFirst.find(
    (one) => one.isVerified && !one.isInUse && !isFuture(one),
  );
  const seen = rules.map(() => new Set<string>());
  return newestFirst.map((one): RetentionDecision => {
    if (isFuture(one)) return { name: one.name, reasons: ['from the future'] };
    const reasons = rules
      .filter((rule, at) => {
        const periods = seen[at] as Set<string>;
        const period = rule.periodOf(one);
        if (periods.size >= rule.count || periods.has(period)) return false;
        periods.add(period);
        return true;
      })
      .map(({ reason }) => reason);
    if (one === newestVerified) reasons.push('newest verified');
    if (one.isInUse) reasons.push('in use');
    return { name: one.name, reasons };
  });
}
