import type { RelationName } from '@tothub/db-catalog';
import { SelectionError } from '../errors.ts';

/** Tells whether a pattern means a relation. */
export type NamePattern = (name: RelationName) => boolean;

/** A part of a name: quoted, where every character stands for itself, or plain, where `*` and `?` stand for others. */
const PART = /^(?:"((?:[^"]|"")+)"|([^".\s]+))/;

/**
 * Reads `schema.table` as SQL names it, quoted where PostgreSQL asks for quotes; `public` where no schema is
 * named. Outside quotes, letters become small ones, `*` stands for any characters and `?` for one.
 *
 * @throws SelectionError when it is no such name
 */
export function tablePattern(text: string): NamePattern {
  const [first, second, ...more] = partsOf(text);
  if (!first || more.length > 0) throw notAName(text, 'schema.table');
  const [schema, name] = second ? [first, second] : [/^public$/, first];
  return (relation) => schema.test(relation.schema) && name.test(relation.name);
}

/** Reads the name of a schema, in the same way. @throws SelectionError when it is none */
export function schemaPattern(text: string): NamePattern {
  const [schema, ...more] = partsOf(text);
  if (!schema || more.length > 0) throw notAName(text, 'schema');
  return (relation) => schema.test(relation.schema);
}

function partsOf(text: string): RegExp[] {
  const parts: RegExp[] = [];
  for (let rest = text; ; ) {
    const found = PART.exec(rest);
    if (!found) throw notAName(text, 'schema.table');
    const [whole, quoted, plain = ''] = found;
    const source =
      quoted === undefined
        ? escaped(plain.toLowerCase()).replaceAll('\\*', '.*').replaceAll('\\?', '.')
        : escaped(quoted.replaceAll('""', '"'));
    parts.push(new RegExp(`^${source}$`, 's'));
    rest = rest.slice(whole.length);
    if (rest === '') return parts;
    if (!rest.startsWith('.')) throw notAName(text, 'schema.table');
    rest = rest.slice(1);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function notAName(text: string, form: string): SelectionError {
  return new SelectionError(
    `${JSON.stringify(text)} is not a name of the form ${form}. Quote what needs quotes, as in SQL: '"Odd name".table'.`,
  );
}
