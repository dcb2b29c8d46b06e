import type { GeneratorContext, SeedValue } from '../profile.ts';

/** The moment `days` after the midnight that begins the run's present day, at a time of day in hours. */
export function dayAt(now: Date, days: number, hours = 0): Date {
  const at = new Date(now);
  at.setUTCHours(0, 0, 0, 0);
  return after(at, days * 24 + hours);
}

/** The moment some hours after another. */
export const after = (moment: Date, hours: number): Date =>
  new Date(moment.getTime() + Math.round(hours * 3_600_000));

/** The first day of the month `months` from the present one. */
export const monthStart = (now: Date, months: number): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));

/** A weekday of the last weeks, the same for every column of a row that starts from it. */
export function recentWeekday({ now, random }: GeneratorContext, hours = 0): Date {
  const day = dayAt(now, -random.integer(1, 28), hours);
  const weekday = day.getUTCDay();
  return weekday === 0 || weekday === 6 ? after(day, -48) : day;
}

/** A value of the row that is known to be a moment, or the run's present where it is not. */
export const momentOf = (value: SeedValue | undefined, { now }: GeneratorContext): Date =>
  value instanceof Date
    ? value
    : typeof value === 'string'
      ? new Date(`${value.slice(0, 10)}T00:00:00Z`)
      : now;

/** A value of the row that is known to be a number. */
export const numberOf = (value: SeedValue | undefined): number =>
  typeof value === 'number' ? value : 0;
