/**
 * Names as a reader can tell them apart. What cannot be seen on a page (control and format characters,
 * space at an end) is written as PostgreSQL's own `U&"\000A"` notation, so every name fits on one line
 * and none can pass for another.
 */

const unseen = /[\p{C}\p{Zl}\p{Zp}]|^\s|\s$|^U&"/u;

/** One name standing alone, for example in the first cell of a table row: bare unless it hides something. */
export function displayName(name: string): string {
  return name === '' || unseen.test(name) ? unicodeName(name) : name;
}

/** A dotted name: each part is quoted where it would otherwise be ambiguous. */
export function displayPath(...parts: readonly string[]): string {
  return parts
    .map((part) => {
      if (/^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_]*$/u.test(part)) return part;
      return unseen.test(part) ? unicodeName(part) : `"${part.replaceAll('"', '""')}"`;
    })
    .join('.');
}

/** PostgreSQL manual, chapter "Lexical Structure": identifiers with Unicode escapes. */
function unicodeName(name: string): string {
  const escaped = name
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '""')
    .replace(/[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/gu, (character) => {
      const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return point.length <= 4 ? `\\${point.padStart(4, '0')}` : `\\+${point.padStart(6, '0')}`;
    });
  return `U&"${escaped}"`;
}
