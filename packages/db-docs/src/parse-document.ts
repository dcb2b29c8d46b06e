import { scanLines } from './scan-lines.ts';

/** A row of a table: the kind of thing (`column`), its name, and its cells by heading, all as plain text. */
export interface ParsedRow {
  readonly kind: string;
  readonly name: string;
  readonly cells: ReadonlyMap<string, string>;
}

/** What stands under one heading. */
export interface ParsedSection {
  /** Heading of level 2 that it stands under, or is. */
  readonly group: string;
  /** Name of the object, for a heading of level 3. */
  readonly object: string | undefined;
  readonly rows: ReadonlyMap<string, ParsedRow>;
  /** Everything that is no table row, in order. */
  readonly lines: readonly string[];
}

/** Takes a generated document apart again, so that two of them can be compared thing by thing. */
export function parseDocument(markdown: string): ReadonlyMap<string, ParsedSection> {
  const sections = new Map<
    string,
    ParsedSection & { rows: Map<string, ParsedRow>; lines: string[] }
  >();
  let group = '';
  let header: readonly string[] | undefined;
  const start = (key: string, object?: string) => {
    const section = { group, object, rows: new Map<string, ParsedRow>(), lines: [] as string[] };
    sections.set(unused(sections, key), section);
    return section;
  };
  let section = start('');
  for (const { text, place } of scanLines(markdown)) {
    const heading = place === 'body' ? text.match(/^(##|###) (.*)$/) : null;
    if (heading) {
      const title = plainText(heading[2] ?? '');
      header = undefined;
      if (heading[1] === '##') group = title;
      section = start(`${heading[1]} ${title}`, heading[1] === '###' ? title : undefined);
    } else if (place === 'body' && text.startsWith('| ') && text.endsWith(' |')) {
      const cells = text.slice(2, -2).split(' | ').map(plainText);
      if (cells.every((cell) => cell === '---')) continue;
      if (header === undefined) header = cells;
      else addRow(section.rows, header, cells);
    } else {
      header = undefined;
      if (text !== '') section.lines.push(text);
    }
  }
  return sections;
}

function addRow(
  rows: Map<string, ParsedRow>,
  header: readonly string[],
  cells: readonly string[],
): void {
  const at = header[0] === '#' ? 1 : 0;
  const kind = (header[at] ?? '').toLowerCase();
  const name = cells[at] ?? '';
  rows.set(unused(rows, `${kind} ${name}`), {
    kind,
    name,
    cells: new Map(header.map((title, index) => [title, cells[index] ?? ''])),
  });
}

/** A key that is not taken, so that nothing in a document is lost to something of the same name. */
function unused(taken: ReadonlyMap<string, unknown>, key: string): string {
  let free = key;
  for (let count = 2; taken.has(free); count++) free = `${key} (${count})`;
  return free;
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Markdown of one line as a reader sees it. */
export function plainText(markdown: string): string {
  return markdown
    .replace(
      /`([^`]*)`|\\([!-/:-@[-`{-~])|&(?:#(\d+)|amp|lt|gt);|\]\(#[^)]*\)|<[^>]*>|\[|\*\*/g,
      (found, span?: string, escaped?: string, point?: string) => {
        if (point) return String.fromCodePoint(Number(point));
        return span ?? escaped ?? entities[found] ?? (found === '<br>' ? ', ' : '');
      },
    )
    .trim();
}
