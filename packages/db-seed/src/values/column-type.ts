import { type Catalog, quoteIdent } from '@tothub/db-catalog';
import { factsOfExpression } from '../facts/check-facts.ts';
import { type Facts, mergeFacts } from '../facts/facts.ts';

/**
 * Column types as this package draws them: what `format_type` prints, resolved down to the built-in type that
 * a value is written in. https://www.postgresql.org/docs/current/datatype.html
 */
export type ValueType =
  | { readonly kind: 'boolean' | 'uuid' | 'interval' | 'json' | 'bytea' | 'float' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'numeric'; readonly precision: number | null; readonly scale: number }
  | { readonly kind: 'text'; readonly maxLength: number | null; readonly ignoresCase: boolean }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' | 'timestamp'; readonly zoned: boolean }
  | { readonly kind: 'bit'; readonly length: number }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'array'; readonly element: ValueType }
  | { readonly kind: 'composite'; readonly attributes: readonly ValueType[] }
  | { readonly kind: 'range'; readonly element: ValueType; readonly multiple: boolean }
  | { readonly kind: 'domain'; readonly base: ValueType; readonly domain: DomainFacts }
  | { readonly kind: 'stock'; readonly make: (number: number) => string }
  | { readonly kind: 'unknown'; readonly name: string };

/** What a domain adds to its base type. */
export interface DomainFacts {
  readonly name: string;
  readonly baseType: string;
  readonly hasDefault: boolean;
  /** CHECK expressions over `VALUE`, by constraint name. */
  readonly checks: readonly { readonly name: string; readonly expression: string }[];
  /** What the CHECKs say about a value. */
  readonly facts: Facts;
}

/** Turns a formatted type name of one catalog into a `ValueType`. */
export type TypeResolver = (formatted: string) => ValueType;

const octet = (number: number, shift: number): number => (number >>> shift) & 255;

/** Types that need no imagination: a distinct value for each number. */
const stock: Readonly<Record<string, (number: number) => string>> = {
  inet: (n) => `192.0.2.${n % 256}`,
  cidr: (n) => `10.${octet(n, 8)}.${octet(n, 0)}.0/24`,
  macaddr: (n) => `02:00:5e:10:${octet(n, 8).toString(16)}:${octet(n, 0).toString(16)}`,
  macaddr8: (n) => `02:00:5e:ff:fe:10:${octet(n, 8).toString(16)}:${octet(n, 0).toString(16)}`,
  money: (n) => `${n % 1000}.00`,
  xml: (n) => `<item>${n}</item>`,
  tsvector: (n) => `'sample':1 'word${n}':2`,
  tsquery: (n) => `'word${n}'`,
  point: (n) => `(${n % 100},${octet(n, 4)})`,
  line: (n) => `{1,-1,${n % 100}}`,
  lseg: (n) => `[(0,0),(${1 + (n % 100)},1)]`,
  box: (n) => `(${1 + (n % 100)},1),(0,0)`,
  path: (n) => `[(0,0),(${1 + (n % 100)},1)]`,
  polygon: (n) => `((0,0),(${1 + (n % 100)},1),(1,2))`,
  circle: (n) => `<(${n % 100},0),1>`,
  oid: (n) => String(n % 1_000_000),
  xid: (n) => String(n % 1_000_000),
  xid8: (n) => String(n % 1_000_000),
  cid: (n) => String(n % 1_000_000),
  tid: (n) => `(${n % 1000},1)`,
  pg_lsn: (n) => `0/${(n % 1_000_000).toString(16).toUpperCase()}`,
  jsonpath: (n) => `$."key${n}"`,
  hstore: (n) => `"key"=>"${n}"`,
};

const builtInRanges: Readonly<Record<string, string>> = {
  int4: 'integer',
  int8: 'bigint',
  num: 'numeric',
  ts: 'timestamp without time zone',
  tstz: 'timestamp with time zone',
  date: 'date',
};

/** Makes the resolver of a catalog. */
export async function createTypeResolver(catalog: Catalog): Promise<TypeResolver> {
  const named = new Map<string, () => ValueType>();
  const register = (type: { schema: string; name: string }, make: () => ValueType): void => {
    const short = quoteIdent(type.name);
    named.set(`${quoteIdent(type.schema)}.${short}`, make);
    if (type.schema === 'public' || !named.has(short)) named.set(short, make);
  };
  for (const type of catalog.enums) register(type, () => ({ kind: 'enum', labels: type.labels }));
  for (const type of catalog.composites) {
    register(type, () => ({
      kind: 'composite',
      attributes: type.attributes.map((attribute) => resolve(attribute.type)),
    }));
  }
  for (const type of catalog.ranges) {
    register(type, () => ({ kind: 'range', element: resolve(type.subtype), multiple: false }));
  }
  for (const type of catalog.domains) {
    const checks = type.constraints.map(({ name, definition }) => ({
      name,
      expression: checkExpression(definition),
    }));
    let facts: Facts = type.notNull ? { notNull: true } : {};
    for (const { expression } of checks) {
      facts = mergeFacts(facts, (await factsOfExpression(expression)).get('value') ?? {});
    }
    register(type, () => ({
      kind: 'domain',
      base: resolve(type.baseType),
      domain: {
        name: type.name,
        baseType: type.baseType,
        hasDefault: type.default !== null,
        checks,
        facts,
      },
    }));
  }

  function resolve(formatted: string): ValueType {
    if (formatted.endsWith('[]'))
      return { kind: 'array', element: resolve(formatted.slice(0, -2)) };
    return named.get(formatted)?.() ?? builtIn(formatted);
  }
  return resolve;
}

const checkExpression = (definition: string): string =>
  /^CHECK \((.*)\)(?: NOT VALID| NO INHERIT| NOT ENFORCED)*$/s.exec(definition)?.[1] ?? 'true';

const text = (maxLength: number | null, ignoresCase = false): ValueType => ({
  kind: 'text',
  maxLength,
  ignoresCase,
});

function builtIn(formatted: string): ValueType {
  const [, name = formatted, first, second] =
    /^([^(]+?)\s*(?:\((-?\d+)(?:,(-?\d+))?\))?(?: with(?:out)? time zone)?$/.exec(formatted) ?? [];
  const size = first === undefined ? null : Number(first);
  switch (name) {
    case 'boolean':
    case 'uuid':
    case 'bytea':
      return { kind: name };
    case 'json':
    case 'jsonb':
      return { kind: 'json' };
    case 'smallint':
      return { kind: 'integer', min: -32_768, max: 32_767 };
    case 'integer':
      return { kind: 'integer', min: -2_147_483_648, max: 2_147_483_647 };
    case 'bigint':
      return { kind: 'integer', min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
    case 'numeric':
      return { kind: 'numeric', precision: size, scale: size === null ? 2 : Number(second ?? 0) };
    case 'real':
    case 'double precision':
      return { kind: 'float' };
    case 'text':
      return text(null);
    case 'name':
      return text(63);
    case '"char"':
      return text(1);
    case 'character varying':
      return text(size);
    case 'character':
    case 'bpchar':
      return text(size ?? (name === 'character' ? 1 : null));
    case 'date':
      return { kind: 'date' };
    case 'timestamp':
    case 'time':
      return { kind: name, zoned: formatted.endsWith(' with time zone') };
    case 'bit':
      return { kind: 'bit', length: size ?? 1 };
    case 'bit varying':
      return { kind: 'bit', length: size ?? 8 };
  }
  if (/^interval\b/.test(formatted)) return { kind: 'interval' };
  const range = /^(int4|int8|num|ts|tstz|date)(multi)?range$/.exec(name);
  if (range) {
    const element = builtIn(builtInRanges[range[1] ?? ''] ?? '');
    return { kind: 'range', element, multiple: range[2] !== undefined };
  }
  // Types of extensions are printed with the schema that the extension was put in.
  const bare = name.replace(/^.*\./, '');
  if (bare === 'citext') return text(null, true);
  const make = Object.hasOwn(stock, bare) ? stock[bare] : undefined;
  return make ? { kind: 'stock', make } : { kind: 'unknown', name: formatted };
}

/** The type below any domains. */
export function baseOf(type: ValueType): ValueType {
  return type.kind === 'domain' ? baseOf(type.base) : type;
}

/** The domains around a type, outermost first. */
export function domainsOf(type: ValueType): readonly DomainFacts[] {
  return type.kind === 'domain' ? [type.domain, ...domainsOf(type.base)] : [];
}
