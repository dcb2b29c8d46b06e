import type { Row, Value } from './world.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A text[] literal, every element quoted, as PostgreSQL reads it. */
function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function field(value: Value): string {
  if (value === null) return '\\N';
  const text = typeof value === 'object' ? arrayLiteral(value) : String(value);
  return text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

/**
 * Rows as the text format of COPY, in pieces of about 64 KB.
 * @see https://www.postgresql.org/docs/current/sql-copy.html (File Formats, Text Format)
 */
export function* copyText(columns: readonly string[], rows: Iterable<Row>): Generator<string> {
  let text = '';
  for (const row of rows) {
    text += `${columns.map((column) => field(row[column] ?? null)).join('\t')}\n`;
    if (text.length > 65_536) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}
