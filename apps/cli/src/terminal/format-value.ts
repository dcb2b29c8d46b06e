/** What would move the cursor, end the line or turn the direction of writing; quotes and the rest JSON escapes itself. */
const UNPRINTABLE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value of a row as one piece of a line, whatever it holds: `"text"`, or NULL. */
export function formatValue(value: string | null): string {
  if (value === null) return 'NULL';
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
