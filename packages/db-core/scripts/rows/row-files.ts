/** Writes the row schemas of a catalog: a file per table, one of the allowed values, and one that exports them all. */
import type { Catalog, Column, Relation } from '@tothub/db-catalog';
import { type AllowedValues, allowedValues } from './allowed-values.ts';

const WIDTH = 100;

const HEAD =
  '// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate\n';

/** Members of `pgType` by the type as `format_type` prints it, length and precision left out. */
const MEMBERS: Readonly<Record<string, string>> = {
  text: 'text',
  'character varying': 'text',
  boolean: 'bool',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  'double precision': 'float8',
  numeric: 'numeric',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'jsonb',
  bytea: 'bytea',
  'text[]': 'textArray',
  'integer[]': 'int4Array',
};

/** The tables whose rows are written down: those of the catalog that `isWanted` keeps. */
export async function rowFiles(
  catalog: Catalog,
  isWanted: (table: Relation) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const tables = catalog.relations.filter((table) => table.kind === 'table' && isWanted(table));
  const exports = tables.map((table) => ({
    file: `${table.name.replaceAll('_', '-')}.ts`,
    names: [`${camelCase(table.name)}Row`],
    text: tableFile(table, catalog),
  }));
  const values = await valuesOf(tables, catalog);
  exports.push({
    file: 'values.ts',
    names: values.map(({ name }) => name),
    text: valuesFile(values),
  });
  const index = exports
    .toSorted((a, b) => compare(a.file.replace('.ts', ''), b.file.replace('.ts', '')))
    .map(({ file, names }) =>
      list('export {', names.toSorted(compare), `} from './${file}';\n`, { space: ' ' }),
    );
  return new Map([
    ...exports.map(({ file, text }) => [file, text] as const),
    ['index.ts', `${HEAD}${index.join('')}`],
  ]);
}

function tableFile(table: Relation, catalog: Catalog): string {
  const columns = table.columns.map(
    (column) =>
      `${doc(column.comment, '  ')}  ${camelCase(column.name)}: ${schemaOf(column, catalog)},\n`,
  );
  return `${HEAD}import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

${doc(table.comment, '') || `/** A row of \`${table.name}\`. */\n`}export const ${camelCase(table.name)}Row = z.object({
${columns.join('')}});
`;
}

function schemaOf(column: Column, catalog: Catalog): string {
  const nullable = column.notNull ? '' : '.nullable()';
  const { userType } = column;
  const labels = catalog.enums.find(
    (type) => type.schema === userType?.schema && type.name === userType.name,
  )?.labels;
  if (labels && !column.isArray) {
    const before = `  ${camelCase(column.name)}: `.length;
    return list('pgType.enum([', labels.map(quote), `])${nullable}`, { before, indent: '  ' });
  }
  const member = MEMBERS[column.type.replace(/\(\d+(,\d+)?\)/, '')];
  if (member === undefined) {
    throw new TypeError(
      `${column.name} is of type ${column.type}, for which pgType has no member. Add one, and name it here.`,
    );
  }
  return `pgType.${member}${nullable}`;
}

interface NamedValues {
  readonly name: string;
  readonly about: string;
  readonly values: readonly string[];
}

async function valuesOf(tables: readonly Relation[], catalog: Catalog): Promise<NamedValues[]> {
  const checked = await Promise.all(
    tables.map(async (table) => {
      const checks = table.constraints.filter((constraint) => constraint.kind === 'check');
      const allowed = (await Promise.all(checks.map(allowedValues))).filter(
        (found): found is AllowedValues => found !== undefined,
      );
      return allowed.map(({ column, values }) => ({
        name: camelCase(`${table.name}_${column}`),
        about: `What the CHECK on \`${table.name}.${column}\` allows.`,
        values,
      }));
    }),
  );
  const enums = catalog.enums
    .filter(({ schema }) => schema === 'public')
    .map(({ name, labels }) => ({
      name: camelCase(name),
      about: `The labels of the enum \`${name}\`.`,
      values: labels,
    }));
  return [...checked.flat(), ...enums].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function valuesFile(values: readonly NamedValues[]): string {
  const schemas = values.map(
    ({ name, about, values: texts }) =>
      `\n${doc(about, '')}${list(`export const ${name} = z.enum([`, texts.map(quote), ']);\n')}`,
  );
  return `${HEAD}import { z } from 'zod';\n${schemas.join('')}`;
}

interface ListPlace {
  /** What stands around the items when they are on one line. */
  readonly space?: string;
  /** Characters on the line before the list. */
  readonly before?: number;
  readonly indent?: string;
}

/** A list on one line where it fits, else one item a line: the way the formatter has it. */
function list(
  open: string,
  items: readonly string[],
  close: string,
  { space = '', before = 0, indent = '' }: ListPlace = {},
): string {
  const line = `${open}${space}${items.join(', ')}${space}${close}`;
  if (before + line.trimEnd().length <= WIDTH) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join('')}${indent}${close}`;
}

function doc(text: string | null, indent: string): string {
  if (text === null) return '';
  const words = text.replaceAll('*/', '*\\/').split(/\s+/);
  const single = `${indent}/** ${words.join(' ')} */\n`;
  if (single.length <= WIDTH + 1) return single;
  const lines = [`${indent} *`];
  for (const word of words) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length > WIDTH) lines.push(`${indent} * ${word}`);
    else lines[last] += ` ${word}`;
  }
  return `${indent}/**\n${lines.join('\n')}\n${indent} */\n`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

function compare(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
