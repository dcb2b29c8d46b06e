import type { JsonSchema } from './json-schema.ts';

export interface JsonProblem {
  /** Members and places that lead to the value. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds the first place where a value is not what a schema says; undefined when all is well. */
export function checkJson(
  value: unknown,
  schema: JsonSchema,
  root: JsonSchema = schema,
  path: JsonProblem['path'] = [],
): JsonProblem | undefined {
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    if (target === undefined) throw new RangeError(`The schema has no ${schema.$ref}.`);
    return checkJson(value, target, root, path);
  }
  if (schema.anyOf !== undefined) return checkAnyOf(value, schema.anyOf, root, path);
  if (schema.enum !== undefined && !schema.enum.includes(value as string | number)) {
    return {
      path,
      message: `must be ${schema.enum.map((word) => JSON.stringify(word)).join(' or ')}`,
    };
  }
  if (schema.type !== undefined && !isOfType(value, schema.type)) {
    return { path, message: `must be of type ${schema.type}` };
  }
  if (schema.items !== undefined) {
    for (const [place, member] of (value as readonly unknown[]).entries()) {
      const problem = checkJson(member, schema.items, root, [...path, place]);
      if (problem) return problem;
    }
  }
  if (schema.properties !== undefined) {
    return checkMembers(value as Record<string, unknown>, schema, root, path);
  }
  return undefined;
}

function checkMembers(
  value: Record<string, unknown>,
  { properties = {}, required = [] }: JsonSchema,
  root: JsonSchema,
  path: JsonProblem['path'],
): JsonProblem | undefined {
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { path, message: `must have the member "${missing}"` };
  for (const [name, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (schema === undefined) return { path, message: `must not have the member "${name}"` };
    const problem = checkJson(member, schema, root, [...path, name]);
    if (problem) return problem;
  }
  return undefined;
}

function checkAnyOf(
  value: unknown,
  schemas: readonly JsonSchema[],
  root: JsonSchema,
  path: JsonProblem['path'],
): JsonProblem | undefined {
  const problems: JsonProblem[] = [];
  for (const schema of schemas) {
    const problem = checkJson(value, schema, root, path);
    if (problem === undefined) return undefined;
    problems.push(problem);
  }
  // The alternatives that went deepest are those that may have been meant.
  const depth = Math.max(...problems.map((problem) => problem.path.length));
  const deepest = problems.filter((problem) => problem.path.length === depth);
  const messages = new Set(deepest.map((problem) => problem.message));
  return { path: deepest[0]?.path ?? path, message: [...messages].join(', or ') };
}

function isOfType(value: unknown, type: NonNullable<JsonSchema['type']>): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
