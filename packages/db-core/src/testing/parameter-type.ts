/** Whether the schema of an input lets something through that the type of its parameter cannot hold. */
import { z } from 'zod';
import { accepts } from './accepts.ts';
import type { ServerType } from './server-catalog.ts';

const NOT_A_NUMBER = ['x', '', '1,5'];
const NOT_A_TIME = ['x', '', '2024-02-30'];

/** Values that a type refuses, the telling ones: what a schema takes of them reaches the server and fails there. */
const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  int2: [...NOT_A_NUMBER, 1.5, 32_768, -32_769],
  int4: [...NOT_A_NUMBER, 1.5, 2_147_483_648, -2_147_483_649],
  int8: [...NOT_A_NUMBER, 1.5, 2 ** 63, -(2 ** 64)],
  numeric: NOT_A_NUMBER,
  float4: NOT_A_NUMBER,
  float8: NOT_A_NUMBER,
  date: NOT_A_TIME,
  timestamp: NOT_A_TIME,
  timestamptz: NOT_A_TIME,
  uuid: ['x', ''],
};

const ADVICE: Readonly<Record<string, string>> = {
  int2: 'Bound it: z.int().min(…).max(…).',
  int4: 'Bound it: z.int().min(…).max(…), or z.int32().',
  int8: 'Take z.int().',
  numeric: 'Take a number, or a string of digits only.',
  float4: 'Take a number.',
  float8: 'Take a number.',
  bool: 'Take a boolean.',
  text: 'Take a string.',
  varchar: 'Take a string.',
  bpchar: 'Take a string.',
  name: 'Take a string.',
  date: 'Take z.iso.date() or a Date.',
  timestamp: 'Take a Date, or z.iso.date().',
  timestamptz: 'Take a Date, or z.iso.datetime().',
  uuid: 'Take z.uuid().',
};

/** Kinds of input that reach a type as something it can read. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  bool: ['boolean'],
  int2: ['number', 'string'],
  int4: ['number', 'string'],
  int8: ['number', 'string', 'bigint'],
  numeric: ['number', 'string', 'bigint'],
  float4: ['number', 'string'],
  float8: ['number', 'string'],
  date: ['string', 'Date'],
  timestamp: ['string', 'Date'],
  timestamptz: ['string', 'Date'],
  uuid: ['string'],
  text: ['string'],
  varchar: ['string'],
  bpchar: ['string'],
  name: ['string'],
};

/** What of an input was bound for a sample. */
export interface BoundSample {
  readonly input: unknown;
  readonly value: unknown;
}

/**
 * What is wrong with a schema whose values are bound to a parameter of a type; null when nothing is. Where what was
 * bound is of another kind than the input, the query has made it itself: then there is nothing to say here.
 */
export function parameterTypeProblem(
  schema: z.ZodType,
  type: ServerType,
  { input, value }: BoundSample,
): string | null {
  if (Array.isArray(input) && Array.isArray(value)) {
    const element = elementOf(schema);
    if (!element || !type.element || input.length === 0 || value.length === 0) return null;
    const bound = { input: input[0] as unknown, value: value[0] as unknown };
    const problem = parameterTypeProblem(element, type.element, bound);
    return problem && `has elements of which each ${problem}`;
  }
  const kind = input instanceof Date ? 'Date' : typeof input;
  if (typeof value !== (kind === 'Date' ? 'string' : kind) || typeof value === 'object')
    return null;
  if (type.labels) return enumProblem(schema, type.name, type.labels);
  if (KINDS[type.name]?.includes(kind) === false) {
    return `is a ${kind}, but ${type.name} on the server. ${ADVICE[type.name] ?? ''}`;
  }
  const reaching = REFUSED[type.name]?.find((refused) => accepts(schema, refused));
  return reaching === undefined
    ? null
    : `takes ${JSON.stringify(reaching)}, which ${type.name} on the server refuses. ${ADVICE[type.name]}`;
}

function enumProblem(schema: z.ZodType, name: string, labels: readonly string[]): string | null {
  if (accepts(schema, 'no label of this enum')) {
    return `takes any text, but is the enum ${name} on the server. Take z.enum([…]).`;
  }
  const refused = optionsOf(schema).filter((option) => !labels.includes(String(option)));
  return refused.length === 0
    ? null
    : `takes ${refused.join(', ')}, which the enum ${name} has not. Take them away.`;
}

function elementOf(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return 'unwrap' in schema && typeof schema.unwrap === 'function'
    ? elementOf(schema.unwrap() as z.ZodType)
    : undefined;
}

function optionsOf(schema: z.ZodType): readonly unknown[] {
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if ('unwrap' in schema && typeof schema.unwrap === 'function') {
    return optionsOf(schema.unwrap() as z.ZodType);
  }
  return [];
}
