/**
 * Names, types and SQL on one line of Markdown. A code span serves nearly all; what a span cannot hold
 * inside a table cell (a pipe, a backtick, a line break) is set in `<code>` with character references, which
 * every renderer of GitHub-flavoured Markdown reads alike. No cell ever holds a bare pipe.
 */

/** Text in the code face, exact, on one line, without a bare `|`. */
export function code(text: string): string {
  if (text !== '' && !/[`|\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]|^ | $/u.test(text)) {
    return `\`${text}\``;
  }
  return `<code>${text
    .replaceAll('\r\n', '\n')
    .replace(/[^\p{L}\p{M}\p{N} ]/gu, (character) => {
      if (character === '\n') return '<br>';
      if (/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(character)) {
        return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
      }
      return /[.,;=()'"/-]/.test(character) ? character : `&#${character.codePointAt(0)};`;
    })
    .replace(/^ | $/g, '&#32;')}</code>`;
}
