import type { Bound } from '../facts/facts.ts';
import type { SeedValue } from '../profile.ts';
import { baseOf, type ValueType } from './column-type.ts';
import { wordsOf } from './names.ts';

/** A type whose values lie on a line: how they become numbers and numbers become values. */
export interface Scale {
  readonly step: number;
  readonly min: number;
  readonly max: number;
  toNumber(value: SeedValue): number | undefined;
  fromNumber(number: number): SeedValue;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;

/** The scale of a type; undefined for types without one. */
export function scaleOf(type: ValueType): Scale | undefined {
  const base = baseOf(type);
  switch (base.kind) {
    case 'integer':
      return numbers(1, base.min, base.max);
    case 'float':
      return numbers(0.001, -1e9, 1e9);
    case 'numeric': {
      const step = 10 ** -base.scale;
      const max = base.precision === null ? 1e12 : 10 ** (base.precision - base.scale) - step;
      return numbers(step, -max, max);
    }
    case 'date':
      return moments(dayMs);
    case 'timestamp':
      return moments(minuteMs);
    case 'time':
      return { ...moments(minuteMs), min: 0, max: dayMs - minuteMs, toNumber: timeOfDay };
    default:
      return undefined;
  }
}

function numbers(step: number, min: number, max: number): Scale {
  return {
    step,
    min,
    max,
    fromNumber: (number) => (step < 1 ? number : Math.round(number)),
    toNumber: (value) => finite(typeof value === 'string' ? Number(value) : value),
  };
}

function moments(step: number): Scale {
  return {
    step,
    min: Date.UTC(1, 0, 1),
    max: Date.UTC(9999, 11, 31),
    fromNumber: (number) => new Date(number),
    toNumber: (value) => finite(value instanceof Date ? value.getTime() : parseMoment(value)),
  };
}

const finite = (value: SeedValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Reads what the server prints, `2025-09-01 08:00:00+00`; without a zone it counts as UTC. */
function parseMoment(value: SeedValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const [, date, time = '00:00:00', zone] =
    /^(\d{4,}-\d\d-\d\d)(?:[ T]([\d:.]+))?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(value) ?? [];
  if (date === undefined) return undefined;
  return Date.parse(
    `${date}T${time}${!zone || zone === 'Z' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone}`,
  );
}

function timeOfDay(value: SeedValue): number | undefined {
  if (value instanceof Date) return value.getTime() % dayMs;
  const [, hours, minutes, seconds = '0'] =
    /^(\d\d?):(\d\d)(?::([\d.]+))?/.exec(typeof value === 'string' ? value : '') ?? [];
  return hours === undefined
    ? undefined
    : Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * 1000;
}

/** Where on its scale a bound lies. "Now" is long after the fixed present where the future is asked for. */
export function boundNumber(
  bound: Bound,
  scale: Scale,
  side: 'lower' | 'upper',
  now: Date,
): number | undefined {
  const outward = bound.inclusive ? 0 : side === 'lower' ? scale.step : -scale.step;
  const at =
    typeof bound.value === 'string'
      ? scale.toNumber(bound.value)
      : now.getTime() + (side === 'lower' ? 10 * yearMs : -dayMs);
  return at === undefined ? undefined : at + outward;
}

/** The stretch that looks natural for a column of this name. */
export function naturalWindow(
  column: string,
  type: ValueType,
  now: Date,
): readonly [number, number] {
  const kind = baseOf(type).kind;
  const name = ` ${wordsOf(column).join(' ')} `;
  if (kind === 'time') return [7 * hourMs, 18 * hourMs];
  if (kind === 'date' || kind === 'timestamp') {
    const today = Math.floor(now.getTime() / dayMs) * dayMs;
    if (/ (birth|birthdate|dob|born) /.test(name)) return [today - 60 * yearMs, today - 2 * yearMs];
    if (/ (expires?|expiration|expiry|due|until|deadline|next|valid to) /.test(name)) {
      return [today + dayMs, today + yearMs];
    }
    return [today - 90 * dayMs, today - dayMs];
  }
  if (/ (latitude|lat) /.test(name)) return [-60, 60];
  if (/ (longitude|lng|lon) /.test(name)) return [-170, 170];
  if (/ year /.test(name)) return [now.getUTCFullYear() - 10, now.getUTCFullYear()];
  if (/ month /.test(name)) return [1, 12];
  if (/ (percent|percentage|rate|ratio|score) /.test(name)) return [1, 100];
  if (/ (age|quantity|qty|count|capacity|days|hours|seats) /.test(name)) return [1, 20];
  if (/ (cents|amount|price|cost|total|fee|salary|balance) /.test(name)) {
    return kind === 'integer' ? [500, 50_000] : [5, 500];
  }
  return [1, 1000];
}

/** How far from its neighbour a value lies when only the neighbour bounds it. */
export function naturalReach(type: ValueType): number {
  const kind = baseOf(type).kind;
  if (kind === 'date') return 30 * dayMs;
  if (kind === 'timestamp') return 2 * dayMs;
  return kind === 'time' ? 4 * hourMs : 100;
}
