import { z } from 'zod';
import type { Query } from '../query/define-query.ts';
import type { Statement } from '../query/statement.ts';
import { accepts } from './accepts.ts';

/** Values of which a schema of an input takes one, as a rule. */
const CANDIDATES: readonly unknown[] = [
  '1999-12-31',
  'x',
  1,
  true,
  new Date('1999-12-31T00:00:00Z'),
  ['1999-12-31'],
  ['x'],
  [1],
  'probe@example.org',
];

/** A sample and what the query makes of it: a statement, or a refusal. */
export type SampledStatement =
  | { readonly sample: unknown; readonly statement: Statement }
  | { readonly sample: unknown; readonly refusal: Error };

/**
 * The statements of the samples of a query, and of one more sample for each key of the input that none of them sets: an
 * optional condition that nobody thought of is described and planned all the same.
 */
export function sampledStatements(query: Query): readonly SampledStatement[] {
  const added = addedSamples(query).map((sample) => statementOf(query, sample));
  return [
    ...query.definition.samples.map((sample) => statementOf(query, sample)),
    ...added.filter((sampled) => 'statement' in sampled),
  ];
}

function statementOf(query: Query, sample: unknown): SampledStatement {
  try {
    return { sample, statement: query.statement(sample) };
  } catch (error) {
    return { sample, refusal: error as Error };
  }
}

function addedSamples({ definition: { input, samples } }: Query): readonly unknown[] {
  const [first] = samples;
  if (!(input instanceof z.ZodObject) || typeof first !== 'object' || first === null) return [];
  const isSet = (key: string): boolean =>
    samples.some((sample) => (sample as Readonly<Record<string, unknown>>)[key] != null);
  return Object.entries(input.shape as Readonly<Record<string, z.ZodType>>)
    .filter(([key]) => !isSet(key))
    .flatMap(([key, schema]) =>
      optionsOf(schema)
        .map((value) => ({ ...first, [key]: value }))
        .filter((sample) => accepts(input, sample))
        .slice(0, 1),
    );
}

function optionsOf(schema: z.ZodType): readonly unknown[] {
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if (schema instanceof z.ZodArray) {
    return optionsOf(schema.element as z.ZodType).map((option) => [option]);
  }
  return 'unwrap' in schema && typeof schema.unwrap === 'function'
    ? optionsOf(schema.unwrap() as z.ZodType)
    : CANDIDATES;
}
