/**
 * Comments are written by whoever could run COMMENT ON, and may hold Markdown, HTML or worse. They are shown
 * as the text that they are: nothing in them becomes markup, a formula, an emoji or a second table column.
 */

const references: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '&#124;',
  '\\': '&#92;',
};

/** Any text as inert Markdown on one line; line breaks become `<br>`. */
export function prose(text: string): string {
  return text
    .trim()
    .split(/[ \t]*(?:\r\n|[\n\r\p{Zl}\p{Zp}])[ \t]*/u)
    .map(inertLine)
    .join('<br>');
}

function inertLine(line: string): string {
  return line
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
    .replace(/[&<>|\\]/g, (character) => references[character] ?? character)
    .replace(/[`*[\]~]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replaceAll('$', '<span>$</span>')
    .replace(/:(?=[\w+-]+:)/g, '<span>:</span>');
}
