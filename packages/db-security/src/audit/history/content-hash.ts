import { createHash } from 'node:crypto';

/**
 * The text that PostgreSQL prints of `ROW(…)` with these texts as fields: its `record_out`, which quotes a field that
 * is empty or holds a quote, backslash, parenthesis, comma or white space.
 * Manual: "Composite Type Input and Output Syntax".
 */
export function recordText(fields: readonly (string | null)[]): string {
  return `(${fields.map(fieldText).join(',')})`;
}

function fieldText(field: string | null): string {
  if (field === null) return '';
  if (field !== '' && !/["\\(),\t\n\v\f\r ]/.test(field)) return field;
  return `"${field.replaceAll(/["\\]/g, '$&$&')}"`;
}

/** What the log keeps as `content_hash` of a row with these texts, as hexadecimal. */
export function contentHash(salt: string, fields: readonly (string | null)[]): string {
  return createHash('sha256').update(salt).update(recordText(fields)).digest('hex');
}
