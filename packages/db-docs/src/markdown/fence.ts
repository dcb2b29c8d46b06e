/** A fenced code block whose fence is longer than any run of backticks in it. */
export function fence(language: string, text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return [`${mark}${language}`, ...text.replace(/\s+$/, '').split(/\r\n|\r|\n/), mark, ''];
}
