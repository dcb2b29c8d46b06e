/** A table in Markdown; no lines at all without rows. Columns without a single value are left out, except the first. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const shown = header.map((_, at) => at === 0 || rows.some((row) => row[at]));
  const line = (cells: readonly string[]) =>
    `| ${cells.filter((_, at) => shown[at]).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''];
}
