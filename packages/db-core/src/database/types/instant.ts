/**
 * Reads `timestamp` and `timestamptz` as PostgreSQL writes them with `DateStyle` ISO. A time without a zone counts as
 * UTC, whatever zone the process has. Microseconds are cut to the milliseconds that a `Date` holds.
 * PostgreSQL manual: 8.5.2, Date/Time Output.
 */

const ZERO = 48;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const COLON = 58;
const MS_PER_MINUTE = 60_000;

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/**
 * An instant as a `Date`.
 * @throws RangeError for `infinity`, a year that a Date cannot hold, and text in another date style.
 */
export function parseInstant(text: string): Date {
  // Years have four digits, more from 10000 on.
  let at = 0;
  let year = 0;
  for (let code = text.charCodeAt(0); code !== MINUS; code = text.charCodeAt(++at)) {
    const digit = code - ZERO;
    if (!(digit >= 0 && digit <= 9)) throw unreadable();
    year = year * 10 + digit;
  }
  const month = twoDigits(text, at + 1);
  const day = twoDigits(text, at + 4);
  const hour = twoDigits(text, at + 7);
  const minute = twoDigits(text, at + 10);
  const second = twoDigits(text, at + 13);
  at += 15;

  let milliseconds = 0;
  if (text.charCodeAt(at) === POINT) {
    let scale = 100;
    for (at++; ; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      milliseconds += digit * scale;
      scale = scale === 100 ? 10 : scale === 10 ? 1 : 0;
    }
  }

  let offset = 0;
  const sign = text.charCodeAt(at);
  if (sign === PLUS || sign === MINUS) {
    offset = twoDigits(text, at + 1) * MS_PER_MINUTE * 60;
    at += 3;
    if (text.charCodeAt(at) === COLON) {
      offset += twoDigits(text, at + 1) * MS_PER_MINUTE;
      at += 3;
      // Zones of before about 1900 were exact to the second.
      if (text.charCodeAt(at) === COLON) {
        offset += twoDigits(text, at + 1) * 1000;
        at += 3;
      }
    }
    if (sign === MINUS) offset = -offset;
  }
  if (text.charCodeAt(at) === SPACE && text.endsWith('BC')) year = 1 - year;

  const time = utc(year, month - 1, day, hour, minute, second, milliseconds) - offset;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) throw unreadable();
  return date;
}

/** `Date.UTC` takes the years 0 to 99 for those of the last century. */
function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milliseconds: number,
): number {
  if (year > 99 || year < 0) return Date.UTC(year, month, day, hour, minute, second, milliseconds);
  const leapCycle = 400;
  const msPerLeapCycle = 12_622_780_800_000;
  return (
    Date.UTC(year + leapCycle, month, day, hour, minute, second, milliseconds) - msPerLeapCycle
  );
}

function unreadable(): RangeError {
  return new RangeError(
    'holds an instant that a Date cannot: infinity, a year beyond its range, or another date style. Select it ::text, or leave such rows out',
  );
}
