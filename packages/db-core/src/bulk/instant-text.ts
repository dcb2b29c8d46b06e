/** Instants as PostgreSQL reads them, several times as quick as `toISOString`: rows are often of few days. */

const DAY_MS = 86_400_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

let knownDay = Number.NaN;
let knownDate = '';
let knownEra = '';

/**
 * An instant in UTC, exact to the millisecond; years before 1 and beyond 9999 as PostgreSQL writes them, which is not
 * how `toISOString` does. The Date must be valid.
 *
 * @example
 * instantText(new Date(0)) // 1970-01-01T00:00:00.000Z
 * instantText(new Date(-62_198_755_200_000)) // 0002-01-01T00:00:00.000Z BC
 */
export function instantText(date: Date): string {
  const time = date.getTime();
  const day = Math.floor(time / DAY_MS);
  if (day !== knownDay) learnDay(date, day);
  const ms = time - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)];
  const fraction = String(1000 + (ms % 1000)).slice(1);
  return `${knownDate}T${hour}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}.${fraction}Z${knownEra}`;
}

function learnDay(date: Date, day: number): void {
  const year = date.getUTCFullYear();
  const monthAndDay = date.toISOString().slice(-20, -14);
  knownDay = day;
  knownEra = year > 0 ? '' : ' BC';
  knownDate = String(year > 0 ? year : 1 - year).padStart(4, '0') + monthAndDay;
}
