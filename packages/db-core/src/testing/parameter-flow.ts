import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Query } from '../query/define-query.ts';
import { accepts } from './accepts.ts';

/** The key of the input that a parameter is made of. */
export interface ParameterSource {
  readonly key: string;
  readonly schema: z.ZodType;
  /** What the sample has there. */
  readonly value: unknown;
}

interface Leaf extends ParameterSource {
  readonly path: readonly string[];
}

/**
 * Which key of the input flows into which parameter, by varying one key after the other and seeing which values
 * change. A parameter that several keys flow into, or none, is left out.
 */
export function parameterFlow(
  { definition }: Query,
  sample: unknown,
): ReadonlyMap<number, ParameterSource> {
  const input: unknown = definition.input.parse(sample);
  const { sql: text, values } = definition.sql(input);
  const flow = new Map<number, ParameterSource | null>();
  for (const leaf of leavesOf(definition.input, input, [])) {
    for (const variant of variantsOf(leaf.value)) {
      const varied = attempt(() => definition.sql(replaced(input, leaf.path, variant)));
      if (varied?.sql !== text) continue;
      values.forEach((value, at) => {
        if (isDeepStrictEqual(value, varied.values[at])) return;
        const known = flow.get(at);
        flow.set(at, known === undefined || known?.key === leaf.key ? leaf : null);
      });
      break;
    }
  }
  return new Map([...flow].filter((entry): entry is [number, Leaf] => entry[1] !== null));
}

function* leavesOf(schema: z.ZodType, value: unknown, path: readonly string[]): Generator<Leaf> {
  const inner = innermost(schema, value);
  if (inner instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const memberSchema = inner.shape[key] as z.ZodType | undefined;
      if (memberSchema) yield* leavesOf(memberSchema, member, [...path, key]);
    }
  } else if (path.length > 0) {
    yield { key: path.join('.'), path, schema, value };
  }
}

/** The schema behind wrappers, and of a union the member that takes the value. */
function innermost(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodPipe) return innermost(schema.in as z.ZodType, value);
  if (schema instanceof z.ZodUnion) {
    const member = (schema.options as readonly z.ZodType[]).find((option) =>
      accepts(option, value),
    );
    return member ? innermost(member, value) : schema;
  }
  if (
    'unwrap' in schema &&
    typeof schema.unwrap === 'function' &&
    !(schema instanceof z.ZodArray)
  ) {
    return innermost(schema.unwrap() as z.ZodType, value);
  }
  return schema;
}

/** Other values of the same kind, likeliest to survive what the query does with them first. */
function variantsOf(value: unknown): readonly unknown[] {
  if (typeof value === 'string') {
    return ['1999-12-31', '1999-12-30', `${value}x`].filter((variant) => variant !== value);
  }
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'bigint') return [value + 1n];
  if (value instanceof Date) return [new Date(value.getTime() + 86_400_000)];
  if (Array.isArray(value) && value.length > 0) {
    return variantsOf(value[0]).map((variant) => value.with(0, variant));
  }
  return [];
}

function replaced(input: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const members = input as Readonly<Record<string, unknown>>;
  return { ...members, [key]: replaced(members[key], rest, value) };
}

/** A variant may be one that the query cannot handle: its schema would have refused it. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
