import type { Query } from '../query/define-query.ts';
import type { StatementDescription } from './describe.ts';
import { parameterFlow } from './parameter-flow.ts';
import { parameterTypeProblem } from './parameter-type.ts';
import type { ServerCatalog } from './server-catalog.ts';

/** What is wrong with a key of the input. */
export interface ParameterProblem {
  readonly kind: 'parameter-type';
  readonly subject: string;
  readonly message: string;
}

/** Compares the input schema with the parameters that its keys flow into for one sample. */
export function checkParameters(
  query: Query,
  sample: unknown,
  values: readonly unknown[],
  { parameters }: StatementDescription,
  catalog: ServerCatalog,
): ParameterProblem[] {
  return [...parameterFlow(query, sample)].flatMap(([at, { key, schema, value: input }]) => {
    const oid = parameters[at];
    if (oid === undefined) return [];
    const bound = { input, value: values[at] };
    const problem = parameterTypeProblem(schema, catalog.typeOf(oid), bound);
    if (problem === null) return [];
    const message = `input "${key}" ($${at + 1}) ${problem.trim()}`;
    return [{ kind: 'parameter-type' as const, subject: key, message }];
  });
}
