/**
 * A small typed language for JSON Schema (2020-12): each node carries the TypeScript type that it describes, so
 * that the compiler refuses a schema that is not the model's. Only what the catalog needs.
 */

/** The part of JSON Schema that is used here. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** A schema for values of exactly type T. */
export interface SchemaOf<T> {
  readonly schema: JsonSchema;
  readonly isOptional?: true;
  /** Never set: makes two nodes of different types incompatible. */
  readonly type?: (value: T) => T;
}

type TypeOf<Node> = Node extends SchemaOf<infer T> ? T : never;
type Members<T> = { readonly [K in keyof T]-?: SchemaOf<Exclude<T[K], undefined>> };

export const text: SchemaOf<string> = { schema: { type: 'string' } };
export const number: SchemaOf<number> = { schema: { type: 'number' } };
export const integer: SchemaOf<number> = { schema: { type: 'integer' } };
export const flag: SchemaOf<boolean> = { schema: { type: 'boolean' } };

/** One of these words or numbers. */
export function oneOf<const T extends string | number>(...values: readonly T[]): SchemaOf<T> {
  return { schema: { enum: values } };
}

export function nullable<T>(node: SchemaOf<T>): SchemaOf<T | null> {
  return { schema: { anyOf: [node.schema, { type: 'null' }] } };
}

export function listOf<T>(node: SchemaOf<T>): SchemaOf<readonly T[]> {
  return { schema: { type: 'array', items: node.schema } };
}

/** A member that may be left out of the text. */
export function optional<T>(node: SchemaOf<T>): SchemaOf<T> {
  return { ...node, isOptional: true };
}

/** An object with these members and no others. */
export function objectOf<T extends object>(members: Members<T>): SchemaOf<T> {
  const entries = Object.entries<Omit<SchemaOf<unknown>, 'type'>>(members);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, node]) => [name, node.schema])),
      required: entries.filter(([, node]) => !node.isOptional).map(([name]) => name),
      additionalProperties: false,
    },
  };
}

/** A value of one of these kinds. */
export function anyOf<const Nodes extends readonly { readonly schema: JsonSchema }[]>(
  ...nodes: Nodes
): SchemaOf<TypeOf<Nodes[number]>> {
  return { schema: { anyOf: nodes.map((node) => node.schema) } };
}
