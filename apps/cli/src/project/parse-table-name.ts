import type { RelationName } from '@tothub/db-catalog';
import { usageError } from '../exit.ts';

const part = /"((?:[^"]|"")+)"|([^".]+)/y;

/**
 * Reads `name`, `schema.name` or `"Quoted ""name"""."x"` as PostgreSQL would, without folding case: names come from
 * the catalog. Without a schema it is `public`.
 *
 * @throws CliError (exit 2) for anything else.
 */
export function parseTableName(text: string): RelationName {
  const parts: string[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) break;
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (part.lastIndex === text.length) {
      const [first = '', second] = parts;
      if (parts.length === 1) return { schema: 'public', name: first };
      if (parts.length === 2 && second !== undefined) return { schema: first, name: second };
      break;
    }
    if (text[part.lastIndex] !== '.') break;
    part.lastIndex += 1;
  }
  throw usageError(`${JSON.stringify(text)} is not a table name.`, 'Write name or schema.name.');
}
