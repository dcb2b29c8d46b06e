import type { Catalog } from '@tothub/db-catalog';
import { code } from './markdown/code.ts';
import { prose } from './markdown/prose.ts';
import { createSlugger } from './markdown/slug.ts';
import { type Notes, noteHeadings, notesBlock, notesKey, readNotes } from './notes.ts';
import type { RenderOptions } from './options.ts';
import { indexSchema, pathOf } from './schema-index.ts';
import type { Link, Section } from './section.ts';
import { contents } from './sections/contents.ts';
import { diagramsSections } from './sections/diagrams-section.ts';
import { findingsSection } from './sections/findings-section.ts';
import { otherSections } from './sections/other-sections.ts';
import { relationSections } from './sections/relation-sections.ts';
import { routineSections } from './sections/routine-sections.ts';
import { summarySection } from './sections/summary-section.ts';
import { typeSections } from './sections/type-sections.ts';
import { structuralFindings } from './structural-findings.ts';

const documentNotes = 'document';

/**
 * Renders a catalog as one Markdown document for GitHub. The same catalog and options give the same bytes;
 * nothing in it changes without DDL (no row counts, sizes or dates), nor with the database's name, owners'
 * names or the server's version, unless `showServer` asks for them. Comments and names are shown as text,
 * whatever they hold.
 *
 * What people write between `<!-- notes: public.some_table -->` and `<!-- /notes -->` is taken over from
 * `previous`; the notes of an object that is gone are kept at the end.
 *
 * @throws UnclosedNotesError when a notes block of `previous` has no end.
 * @example
 * ```ts
 * const catalog = await readCatalog(client);
 * await writeFile('db_schema.md', renderMarkdown(catalog, { title: 'Our database', previous }));
 * ```
 */
export function renderMarkdown(catalog: Catalog, options: RenderOptions = {}): string {
  const schema = indexSchema(catalog, options.hideSchemas);
  const notes: Notes = options.previous === undefined ? new Map() : readNotes(options.previous);
  const showServer = options.showServer ?? false;
  const sections: readonly Section[] = [
    summarySection(schema, showServer),
    findingsSection([...structuralFindings(schema.catalog), ...(options.findings ?? [])]),
    ...diagramsSections(schema),
    ...relationSections(schema),
    ...typeSections(schema),
    ...routineSections(schema),
    ...otherSections(schema, showServer),
  ];
  const title = options.title ?? 'Database schema';
  const slugs = anchors(title, sections, notes);
  const link = linker(schema.catalog, sections, slugs);
  const body = sections.flatMap((section) => [
    `${'#'.repeat(section.level)} ${section.object === undefined ? section.title : code(section.title)}`,
    '',
    ...section.lines(link),
    ...(section.object === undefined ? [] : takeNotes(notes, notesKey(section.object))),
  ]);
  const lines = [
    `<!-- ${generatedBy(options.command ?? 'tothub-db docs build')} -->`,
    '',
    `# ${prose(title)}`,
    '',
    ...takeNotes(notes, documentNotes),
    ...contents(sections, slugs),
    ...body,
    ...orphanedNotes(notes),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function generatedBy(command: string): string {
  const shown = command.replace(/\s+/g, ' ').replaceAll('-->', '--&gt;');
  return `Generated from the database catalog; only what stands between notes comments is kept. Refresh it with: ${shown}`;
}

/** The anchor of every section, numbered through the whole document as GitHub does. */
function anchors(
  title: string,
  sections: readonly Section[],
  notes: Notes,
): ReadonlyMap<Section, string> {
  const slug = createSlugger();
  const skip = (key: string) =>
    noteHeadings(notes.get(key)).forEach((heading) => void slug(heading));
  slug(title);
  skip(documentNotes);
  slug('Contents');
  return new Map(
    sections.map((section) => {
      const entry = [section, slug(section.title)] as const;
      if (section.object !== undefined) skip(notesKey(section.object));
      return entry;
    }),
  );
}

/** Objects with a heading are linked to it; types, which share a table by kind, to the heading of that table. */
function linker(
  catalog: Catalog,
  sections: readonly Section[],
  slugs: ReadonlyMap<Section, string>,
): Link {
  const targets = new Map<string, string>();
  const shared = {
    Enums: catalog.enums,
    Domains: catalog.domains,
    'Composite types': catalog.composites,
    'Range types': catalog.ranges,
  };
  for (const section of sections) {
    const slug = slugs.get(section) ?? '';
    if (section.object !== undefined) targets.set(section.object, slug);
  }
  for (const [title, types] of Object.entries(shared)) {
    const section = sections.find(
      (candidate) => candidate.level === 2 && candidate.title === title,
    );
    if (!section) continue;
    for (const type of types) targets.set(pathOf(type), slugs.get(section) ?? '');
  }
  return (target, text = target) => {
    const slug = targets.get(target);
    return slug === undefined ? code(text) : `[${code(text)}](#${slug})`;
  };
}

/** Puts the notes of one object into the document and out of the ones still to be placed. */
function takeNotes(notes: Notes, key: string): readonly string[] {
  const lines = notes.get(key);
  notes.delete(key);
  return notesBlock(key, lines);
}

function orphanedNotes(notes: Notes): readonly string[] {
  const written = [...notes].filter(([, lines]) => lines.some((line) => line.trim()));
  if (written.length === 0) return [];
  return [
    '## Notes about what is gone',
    '',
    ...written.flatMap(([key, lines]) => [
      `Once about ${code(key)}:`,
      '',
      ...notesBlock(key, lines),
    ]),
  ];
}
