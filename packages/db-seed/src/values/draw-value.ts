import { type ColumnBound, type Facts, mergeFacts } from '../facts/facts.ts';
import type { ColumnPlan } from '../plan/table-plan.ts';
import type { GeneratorContext, SeedValue } from '../profile.ts';
import { baseOf, type ValueType } from './column-type.ts';
import { boundNumber, naturalReach, naturalWindow, type Scale, scaleOf } from './ordered.ts';
import { textLike, textMatching } from './pattern.ts';
import { valueText } from './value-text.ts';

/** A generator's context, and which values of the row stand already. */
export interface DrawContext extends GeneratorContext {
  drawn(column: string): SeedValue | undefined;
}

/** Draws a value for a column that no foreign key and no profile speaks for, true to the facts known about it. */
export function drawValue(column: ColumnPlan, facts: Facts, context: DrawContext): SeedValue {
  return drawTyped(column, column.type, facts, context);
}

/** A distinct column goes through its few values in turn; any other one draws freely. */
function oneOf<T>(values: readonly T[], column: ColumnPlan, context: DrawContext): T | undefined {
  return column.isDistinct && context.attempt === 0
    ? values[context.index % values.length]
    : context.random.pick(values);
}

function drawTyped(
  column: ColumnPlan,
  type: ValueType,
  facts: Facts,
  context: DrawContext,
): SeedValue {
  if (type.kind === 'domain' && column.type !== type) {
    // A domain inside an array or a composite; the column's own is among its facts already.
    return drawTyped(column, type.base, mergeFacts(facts, type.domain.facts), context);
  }
  const { random } = context;
  const choices = facts.choices?.filter((choice) => !facts.refused?.includes(choice));
  if (choices && choices.length > 0) return oneOf(choices, column, context) ?? null;
  const base = baseOf(type);
  const scale = scaleOf(base);
  if (scale) return drawOrdered(column, base, scale, facts, context);
  switch (base.kind) {
    case 'boolean':
      return oneOf([true, false], column, context) ?? null;
    case 'uuid':
      return random.uuid();
    case 'enum':
      return (
        oneOf(
          base.labels.filter((label) => !facts.refused?.includes(label)),
          column,
          context,
        ) ?? null
      );
    case 'text':
      return drawText(column, base.maxLength, facts, context);
    case 'interval':
      return `${random.integer(1, 48)} hours`;
    case 'json':
      return jsonOf(context);
    case 'bytea':
      return `\\x${random.hex(16)}`;
    case 'bit':
      return Array.from({ length: base.length }, () => random.integer(0, 1)).join('');
    case 'stock':
      return base.make(
        column.isDistinct && context.attempt === 0 ? context.index : random.integer(0, 65_535),
      );
    case 'array':
      return drawArray(column, base.element, facts, context);
    case 'composite':
      return base.attributes.map((attribute) => drawTyped(column, attribute, {}, context));
    case 'range':
      return drawRange(column, base.element, base.multiple, context);
    default:
      return null;
  }
}

function drawArray(
  column: ColumnPlan,
  element: ValueType,
  facts: Facts,
  context: DrawContext,
): SeedValue {
  const count = context.random.integer(
    Math.max(1, facts.minLength ?? 1),
    Math.min(3, facts.maxLength ?? 3),
  );
  return Array.from({ length: count }, () => drawTyped(column, element, {}, context));
}

function drawRange(
  column: ColumnPlan,
  element: ValueType,
  multiple: boolean,
  context: DrawContext,
): SeedValue {
  const scale = scaleOf(element);
  if (!scale) return multiple ? '{}' : 'empty';
  const [low, high] = naturalWindow(column.name, element, context.now);
  const from = snapped(scale, low, high, context);
  const to = from + snapped(scale, scale.step, naturalReach(element) / 4 + scale.step, context);
  const bound = (at: number): string => valueText(scale.fromNumber(at), element) ?? '';
  const text = `["${bound(from)}","${bound(to)}")`;
  return multiple ? `{${text}}` : text;
}

/** A number between the two, on the scale's steps. */
function snapped(scale: Scale, low: number, high: number, { random }: DrawContext): number {
  const steps = Math.max(0, Math.floor((high - low) / scale.step + 1e-9));
  return Math.min(low + random.integer(0, steps) * scale.step, Math.max(low, high));
}

function drawOrdered(
  column: ColumnPlan,
  type: ValueType,
  scale: Scale,
  facts: Facts,
  context: DrawContext,
): SeedValue {
  const { now } = context;
  const beyond = (value: SeedValue | undefined, bound: ColumnBound, outward: number): number[] => {
    const at = scale.toNumber(value ?? null);
    return at === undefined ? [] : [at + (bound.inclusive ? 0 : outward)];
  };
  const implied = column.earlier.map((earlier) => ({ column: earlier, inclusive: false }));
  // What comes earlier is drawn first; what comes later bounds this value only where it stands already.
  const above = [...(facts.above ?? []), ...implied].flatMap((bound) =>
    beyond(context.row[bound.column], bound, scale.step),
  );
  const below = (facts.below ?? []).flatMap((bound) =>
    beyond(context.drawn(bound.column), bound, -scale.step),
  );
  const lowest = Math.max(
    ...(facts.lower ?? []).flatMap((bound) => boundNumber(bound, scale, 'lower', now) ?? []),
    ...above,
  );
  const highest = Math.min(
    ...(facts.upper ?? []).flatMap((bound) => boundNumber(bound, scale, 'upper', now) ?? []),
    ...below,
  );
  const isFree = lowest === -Infinity && highest === Infinity;
  if (isFree && column.isDistinct && context.attempt === 0 && type.kind === 'integer') {
    return context.index + 1;
  }
  let [low, high] = naturalWindow(column.name, type, now);
  const reach = Math.max(high - low, naturalReach(type));
  if (above.length > 0) [low, high] = [lowest, Math.min(highest, lowest + naturalReach(type))];
  else if (lowest > low || highest < high) {
    low = Math.max(low, lowest);
    high = Math.min(high, highest);
    if (low > high) {
      if (lowest === -Infinity) low = highest - reach;
      else [low, high] = [lowest, Math.min(highest, lowest + reach)];
    }
  }
  low = Math.max(low, scale.min);
  high = Math.min(Math.max(high, low), scale.max);
  return scale.fromNumber(snapped(scale, low, high, context));
}

function drawText(
  column: ColumnPlan,
  limit: number | null,
  facts: Facts,
  context: DrawContext,
): SeedValue {
  const { random } = context;
  if (column.isUuidText) return random.uuid();
  const maxLength = Math.min(limit ?? 10_000, facts.maxLength ?? 10_000);
  const believable = column.text?.(context);
  let text = typeof believable === 'string' ? believable : plainWords(maxLength, context);
  for (const pattern of facts.patterns ?? []) {
    if (!matches(pattern, text)) text = textMatching(pattern, random) ?? text;
  }
  for (const like of facts.likes ?? []) if (!isLike(like, text)) text = textLike(like, random);
  if (facts.patterns || facts.likes) return text;
  // A CHECK that nobody here understands may want another shape of text.
  const shape = context.attempt === 0 ? 0 : random.integer(0, 3);
  if (shape === 2) text = text.toUpperCase();
  if (shape === 3) text = String(random.integer(1, 99_999));
  if (column.isDistinct && context.attempt > 0) {
    const mark = ` ${context.index + 1}-${context.attempt}`;
    text = text.slice(0, Math.max(0, maxLength - mark.length)) + mark;
    if (text.length > maxLength) text = random.hex(maxLength);
  }
  text = text.slice(0, maxLength).trimEnd();
  const missing = (facts.minLength ?? 0) - text.length;
  return missing > 0 ? text + random.hex(missing) : text;
}

/** An object, or in later attempts any shape of JSON, should a CHECK ask for one. */
function jsonOf({ random, attempt }: DrawContext): SeedValue {
  const number = random.integer(1, 1000);
  const shape = attempt === 0 ? 0 : random.integer(0, 2);
  return shape === 0 ? { sample: number } : shape === 1 ? [number] : number;
}

/** A few words that fit, or what fits where no word does. */
function plainWords(maxLength: number, { faker, random }: DrawContext): string {
  const words = faker.lorem.words({ min: 2, max: 4 });
  return words.length > maxLength ? random.hex(maxLength) : words;
}

// Only to keep a believable text where it fits already: the server judges.
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}

function isLike(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return matches(`^${expression}$`, text);
}
