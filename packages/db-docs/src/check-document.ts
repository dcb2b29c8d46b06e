import type { Catalog } from '@tothub/db-catalog';
import type { DocumentOptions } from './options.ts';
import { type ParsedRow, type ParsedSection, parseDocument } from './parse-document.ts';
import { renderMarkdown } from './render-markdown.ts';

/** What the check of a document found. */
export interface CheckResult {
  readonly ok: boolean;
  /** One line each, for people; empty when `ok`. */
  readonly differences: readonly string[];
}

/**
 * Compares a document with the catalog that it should describe, thing by thing. Line endings, trailing space
 * and the notes between notes comments are free; any other edit by hand is a difference.
 *
 * @throws UnclosedNotesError when a notes block of the document has no end.
 * @example
 * ```ts
 * const { ok, differences } = checkDocument(await readFile('db_schema.md', 'utf8'), catalog);
 * // differences: ['table public.children: column nickname exists but is not documented']
 * ```
 */
export function checkDocument(
  markdown: string,
  catalog: Catalog,
  options: DocumentOptions = {},
): CheckResult {
  const documented = markdown.replace(/^\uFEFF/, '');
  const fresh = renderMarkdown(catalog, { ...options, previous: documented });
  const [before, after] = [normalise(documented), normalise(fresh)];
  if (before.join('\n') === after.join('\n')) return { ok: true, differences: [] };
  const differences = compareSections(parseDocument(documented), parseDocument(fresh));
  return {
    ok: false,
    differences: differences.length > 0 ? differences : [firstDifference(before, after)],
  };
}

function normalise(markdown: string): readonly string[] {
  return markdown
    .trimEnd()
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd());
}

/** For what a comparison by name cannot see, for example rows in another order. */
function firstDifference(before: readonly string[], after: readonly string[]): string {
  const at = before.findIndex((line, index) => line !== after[index]);
  const index = at < 0 ? before.length : at;
  return `line ${index + 1} is ${shorten(before[index] ?? 'missing')} and should be ${shorten(after[index] ?? 'absent')}`;
}

type Sections = ReturnType<typeof parseDocument>;

/** Sections that only repeat what others state: one line for each is enough. */
const derived = new Set(['Contents', 'Summary', 'Diagrams']);

function compareSections(documented: Sections, real: Sections): string[] {
  const facts: string[] = [];
  const repeats: string[] = [];
  for (const [key, section] of documented) {
    const counterpart = real.get(key);
    if (!counterpart) {
      facts.push(`${label(section)} is documented but does not exist`);
      continue;
    }
    const differences = compareSection(section, counterpart);
    if (!derived.has(section.group)) facts.push(...differences);
    else if (differences.length > 0) repeats.push(`${label(section)} is out of date`);
  }
  for (const [key, section] of real) {
    if (!documented.has(key)) facts.push(`${label(section)} exists but is not documented`);
  }
  return [...facts, ...repeats];
}

function label({ group, object }: ParsedSection): string {
  if (object !== undefined) return `${group.replace(/s$/, '').toLowerCase()} ${object}`;
  return group === '' ? 'the head of the document' : `section ${group}`;
}

function compareSection(documented: ParsedSection, real: ParsedSection): string[] {
  const place = label(real);
  const found: string[] = [];
  for (const [key, row] of documented.rows) {
    const counterpart = real.rows.get(key);
    if (counterpart) found.push(...compareRow(`${place}: ${rowLabel(row)}`, row, counterpart));
    else found.push(`${place}: ${rowLabel(row)} is documented but does not exist`);
  }
  for (const [key, row] of real.rows) {
    if (!documented.rows.has(key)) {
      found.push(`${place}: ${rowLabel(row)} exists but is not documented`);
    }
  }
  const extra = without(documented.lines, real.lines);
  const missing = without(real.lines, documented.lines);
  found.push(...extra.map((line) => `${place}: has ${shorten(line)}, which the catalog does not`));
  found.push(...missing.map((line) => `${place}: lacks ${shorten(line)}`));
  return found;
}

function rowLabel({ kind, name }: ParsedRow): string {
  return `${kind} ${name}`;
}

function compareRow(place: string, documented: ParsedRow, real: ParsedRow): string[] {
  return [...new Set([...documented.cells.keys(), ...real.cells.keys()])].flatMap((header) => {
    const before = documented.cells.get(header) ?? '';
    const after = real.cells.get(header) ?? '';
    // One dropped column moves all that follow; that it is gone is said already.
    if (before === after || header === '#') return [];
    return [
      `${place}: ${header.toLowerCase()} is ${shorten(after)} and documented as ${shorten(before)}`,
    ];
  });
}

/** Lines of one list that another does not have, repeats counted. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function shorten(text: string): string {
  if (text === '') return 'empty';
  return `“${text.length > 120 ? `${text.slice(0, 119)}…` : text}”`;
}
