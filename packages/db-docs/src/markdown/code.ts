/**
 * Names, types and SQL on one line of Markdown. A code span serves nearly all; what a span cannot hold
 * inside a table cell (a pipe, a backtick, a line break) is set in `<code>` with character references, which
 * every renderer of GitHub-flavoured Markdown reads alike. No cell ever holds a bare pipe.
 */

const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** What Markdown or HTML would take for its own inside `<code>`: formulas and bare addresses included. */
const markup = /[`|&<>*[\]\\~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:(?=\/\/)|^ | $/gu;

/** Text in the code face, exact, on one line, without a bare `|`. */
export function code(text: string): string {
  if (text !== '' && !/[`|]|^ | $/.test(text) && !unseen.test(text)) return `\`${text}\``;
  const lines = text
    .split(/\r\n|\n/)
    .map((line) =>
      line
        .replace(markup, (character) => `&#${character.charCodeAt(0)};`)
        .replace(new RegExp(unseen, 'gu'), visible),
    );
  // GitHub's style sheet hides a break inside <code>.
  return `<code>${lines.join('</code><br><code>')}</code>`;
}

function visible(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
