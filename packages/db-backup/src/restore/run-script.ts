import { quoteIdent, type RelationName } from '@tothub/db-catalog';
import type pg from 'pg';
import { FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT } from '../connection/server-versions.ts';
import { messageOf, withoutRowValues } from '../errors.ts';

/** Heading that `pg_dump` puts before each object; `--verbose` adds its number and what it depends on. */
const HEADING =
  /\n(?=--\n(?:-- TOC entry .*\n)?(?:-- Dependencies: .*\n)?-- Name: .*; Type: .*; Schema: .*; Owner: )/;
/** What `--verbose` adds. */
const NUMBERS = /(?<=^--\n)(?:-- TOC entry .*\n)?(?:-- Dependencies: .*\n)?/;
const OBJECTS_PER_QUERY = 100;

export interface RunScriptOptions {
  readonly serverMajor: number;
  /** Foreign keys that are passed over. */
  readonly withoutForeignKeys?: readonly (RelationName & { readonly table: string })[] | undefined;
}

/**
 * Runs a script of definitions that `pg_dump` or `pg_restore` wrote. Several statements in one query are one
 * transaction, with its locks: so at most a hundred objects at once.
 */
export async function runScript(
  client: pg.Client,
  script: string,
  { serverMajor, withoutForeignKeys = [] }: RunScriptOptions,
): Promise<void> {
  const skipped = withoutForeignKeys.flatMap(headingsOf);
  const objects = forServer(script, serverMajor)
    .split(HEADING)
    .filter((object) => {
      const plain = object.replace(NUMBERS, '');
      return !skipped.some((heading) => plain.startsWith(heading));
    });
  for (let from = 0; from < objects.length; from += OBJECTS_PER_QUERY) {
    await runStatements(client, objects.slice(from, from + OBJECTS_PER_QUERY).join('\n'));
  }
}

async function runStatements(client: pg.Client, script: string): Promise<void> {
  try {
    await client.query(script);
  } catch (error) {
    const position = Number((error as { position?: string }).position ?? Number.NaN);
    const before = Number.isNaN(position) ? '' : script.slice(0, position);
    const object = before.slice(before.lastIndexOf('\n-- Name: ') + 1).split('\n')[0];
    if (!object?.startsWith('-- Name: ')) throw error;
    throw new Error(`${messageOf(error)} (at ${object.slice('-- Name: '.length)})`, {
      cause: withoutRowValues(error),
    });
  }
}

/** How the parts of a script begin that make a foreign key and its comment. */
function headingsOf({ schema, table, name }: RelationName & { readonly table: string }): string[] {
  const heading = (what: string, type: string): string =>
    `--\n-- Name: ${asHeading(what)}; Type: ${type}; Schema: ${asHeading(schema)}; Owner: `;
  // Names in the heading of a comment are quoted where need be.
  const spelled = (text: string): string[] => [text, quoteIdent(text)];
  return [
    heading(`${table} ${name}`, 'FK CONSTRAINT'),
    ...spelled(name).flatMap((constraint) =>
      spelled(table).map((on) => heading(`CONSTRAINT ${constraint} ON ${on}`, 'COMMENT')),
    ),
  ];
}

/** `pg_dump` writes no line breaks of names into its headings. */
function asHeading(text: string): string {
  return text.replace(/[\n\r]/g, ' ');
}

/** `pg_dump` 18 sets `transaction_timeout`, which older servers do not know. */
function forServer(script: string, major: number): string {
  if (major >= FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT) return script;
  return script.replace('\nSET transaction_timeout = 0;\n', '\n');
}
