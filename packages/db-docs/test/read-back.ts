/**
 * Reads a rendered document back into plain values, on its own: it shares no code with the renderer, so that
 * a name or a type that does not survive the page is seen.
 */

export type ReadRow = Readonly<Record<string, string>>;

export interface ReadObject {
  readonly group: string;
  /** Parts of the dotted name, decoded. */
  readonly path: readonly string[];
  /** Rows of each table by the table's naming column, for example `Column`. */
  readonly tables: ReadonlyMap<string, readonly ReadRow[]>;
}

export function readBack(markdown: string): ReadObject[] {
  const objects: ReadObject[] = [];
  let group = '';
  let current: { tables: Map<string, ReadRow[]> } | undefined;
  let header: string[] | undefined;
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = line.match(/^`{3,}/)?.[0];
    if (fence ? line === fence : mark) {
      fence = fence ? '' : (mark ?? '');
      continue;
    }
    if (fence) continue;
    if (line.startsWith('## ')) group = line.slice(3);
    if (line.startsWith('## ') || line.startsWith('### ')) {
      const object = {
        group,
        path: line.startsWith('### ') ? decodePath(decodeCell(line.slice(4))) : [],
        tables: new Map<string, ReadRow[]>(),
      };
      objects.push(object);
      current = object;
    }
    if (!line.startsWith('|')) {
      header = undefined;
      continue;
    }
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (!header) {
      header = cells;
    } else if (!cells.every((cell) => cell === '---')) {
      const titles = header;
      const key = titles.find((title) => title !== '#') ?? '';
      const rows = current?.tables.get(key) ?? [];
      rows.push(
        Object.fromEntries(titles.map((title, at) => [title, decodeCell(cells[at] ?? '')])),
      );
      current?.tables.set(key, rows);
    }
  }
  return objects;
}

/** The text that a browser would show for one cell, `<br>` as a line break. */
export function decodeCell(cell: string): string {
  let text = '';
  for (let at = 0; at < cell.length; ) {
    const rest = cell.slice(at);
    const taken =
      rest.match(/^`([^`]*)`/) ??
      rest.match(/^<(?:code|\/code|span|\/span|br)>/) ??
      rest.match(/^&(?:#(\d+)|(\w+));/) ??
      rest.match(/^\\([!-/:-@[-`{-~])/) ??
      rest.match(/^\]\(#[^)]*\)/) ??
      rest.match(/^(?:\[|\*\*)/) ??
      rest.match(/^./u);
    const [whole = '', first, second] = taken ?? [];
    at += whole.length;
    if (whole === '<br>') text += '\n';
    else if (whole.startsWith('&'))
      text += first
        ? String.fromCodePoint(Number(first))
        : { amp: '&', lt: '<', gt: '>' }[second ?? ''];
    else if (whole.startsWith('`') || whole.startsWith('\\')) text += first;
    else if (!/^(?:<|\]\(|\[|\*\*)/.test(whole) || whole === '<') text += whole;
  }
  return text;
}

/** A name as PostgreSQL would read it, `U&"…"` included. */
export function decodeName(shown: string): string {
  if (!shown.startsWith('U&"')) return shown;
  return shown
    .slice(3, -1)
    .replaceAll('""', '"')
    .replace(/\\(\\|\+[0-9A-F]{6}|[0-9A-F]{4})/g, (_, code: string) =>
      code === '\\' ? code : String.fromCodePoint(Number.parseInt(code.replace('+', ''), 16)),
    );
}

/** The names that a dotted name is made of. */
export function decodePath(shown: string): string[] {
  return [...shown.matchAll(/U&"(?:[^"]|"")*"|"(?:[^"]|"")*"|[^."]+/g)].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : decodeName(part),
  );
}
