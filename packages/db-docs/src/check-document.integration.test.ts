import { type Catalog, readCatalog } from '@tothub/db-catalog';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogAfter, richSchema } from '../test/rich-catalog.ts';
import { checkDocument } from './check-document.ts';
import { UnclosedNotesError } from './errors.ts';
import { renderMarkdown } from './render-markdown.ts';

let database: TestDatabase;
let catalog: Catalog;
let markdown: string;
beforeAll(async () => {
  database = await testDatabase();
  catalog = await catalogAfter(database.url, await richSchema());
  markdown = renderMarkdown(catalog);
});
afterAll(() => database?.drop());

/** The differences after some DDL, which is rolled back. */
async function afterDdl(sql: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`BEGIN; ${sql}`);
    return checkDocument(markdown, await readCatalog(client, { transaction: 'caller' }))
      .differences;
  } finally {
    await client.end();
  }
}

test('a fresh document passes, whatever its line endings and trailing space', () => {
  expect(checkDocument(markdown, catalog)).toEqual({ ok: true, differences: [] });
  const windows = `\uFEFF${markdown.replaceAll('\n', ' \r\n')}\r\n\r\n`;
  expect(checkDocument(windows, catalog)).toEqual({ ok: true, differences: [] });
});

test('a new column, index, table and enum label are each named', async () => {
  expect(await afterDdl('ALTER TABLE school.event ADD seen boolean')).toMatchInlineSnapshot(`
    [
      "table school.event: column seen exists but is not documented",
      "section Summary is out of date",
    ]
  `);
  expect(
    await afterDdl('CREATE INDEX booking_by_teacher ON school.booking (teacher_id)'),
  ).toMatchInlineSnapshot(`
    [
      "section Findings: unindexed-foreign-key school.booking (teacher_id) is documented but does not exist",
      "table school.booking: index booking_by_teacher exists but is not documented",
      "section Summary is out of date",
    ]
  `);
  expect(await afterDdl('CREATE TABLE school.new (id int PRIMARY KEY)')).toMatchInlineSnapshot(`
    [
      "table school.new exists but is not documented",
      "section Contents is out of date",
      "section Summary is out of date",
      "section Diagrams is out of date",
    ]
  `);
  expect(
    await afterDdl("ALTER TYPE school.mood RENAME VALUE 'sad' TO 'blue'"),
  ).toMatchInlineSnapshot(`
    [
      "section Enums: enum school.mood: labels in order is “first, happy, blue, it's | complicated, with "quotes", comma” and documented as “first, happy, sad, it's | complicated, with "quotes", comma”",
    ]
  `);
});

test('what is gone or changed is named with both of its values', async () => {
  expect(await afterDdl('DROP VIEW school.full_room')).toMatchInlineSnapshot(`
    [
      "view school.full_room is documented but does not exist",
      "section Contents is out of date",
      "section Summary is out of date",
    ]
  `);
  expect(
    await afterDdl(
      'ALTER TABLE school.scratch ALTER payload TYPE json, ALTER payload SET NOT NULL',
    ),
  ).toMatchInlineSnapshot(`
    [
      "table school.scratch: column payload: type is “json” and documented as “jsonb”",
      "table school.scratch: column payload: nullable is “no” and documented as “yes”",
    ]
  `);
  expect(await afterDdl('ALTER TABLE school.booking DROP during')).toMatchInlineSnapshot(`
    [
      "table school.booking: column during is documented but does not exist",
      "table school.booking: constraint booking_no_overlap is documented but does not exist",
      "table school.booking: index booking_no_overlap is documented but does not exist",
      "section Summary is out of date",
    ]
  `);
  expect(await afterDdl('ALTER TABLE public.ab RENAME id TO key')).toMatchInlineSnapshot(`
    [
      "table public."a.b": column ab: key is “FK → public.ab.key” and documented as “FK → public.ab.id”",
      "table public."a.b": constraint a.b_ab_fkey: definition is “FOREIGN KEY (ab) REFERENCES public.ab(key)” and documented as “FOREIGN KEY (ab) REFERENCES public.ab(id)”",
      "table public.ab: column id is documented but does not exist",
      "table public.ab: constraint ab_pkey: definition is “PRIMARY KEY (key)” and documented as “PRIMARY KEY (id)”",
      "table public.ab: index ab_pkey: definition is “btree (key)” and documented as “btree (id)”",
      "table public.ab: referenced by public."a.b" (ab): referenced columns is “key” and documented as “id”",
      "table public.ab: column key exists but is not documented",
      "section Diagrams is out of date",
    ]
  `);
});

test('changes to triggers, policies, functions and comments are seen', async () => {
  for (const [ddl, difference] of [
    ['ALTER TABLE school.room ENABLE TRIGGER room_off', 'trigger room_off: enabled'],
    ['ALTER POLICY idle ON school.room USING (false)', 'policy idle: using'],
    ['ALTER FUNCTION school.add(text, text) STABLE', 'function school.add(a text, b text)'],
    ["COMMENT ON COLUMN school.room.building IS 'where'", 'column building: comment'],
    ['ALTER TABLE school.teacher NO FORCE ROW LEVEL SECURITY', 'table school.teacher: lacks'],
    ['ALTER TABLE school.event DETACH PARTITION school.event_2025', 'partition school.event_2025'],
    ['GRANT DELETE ON school.scratch TO PUBLIC', 'table school.scratch: lacks'],
    ['ALTER SEQUENCE school.ticket INCREMENT 7', 'sequence school.ticket: increment'],
  ] as const) {
    expect((await afterDdl(ddl)).join('\n'), ddl).toContain(difference);
  }
});

test('rows, statistics and use change nothing', async () => {
  expect(
    await afterDdl(
      "INSERT INTO school.scratch SELECT '{}' FROM generate_series(1, 500); ANALYZE; SET LOCAL search_path = school",
    ),
  ).toEqual([]);
});

test.each([
  ['a cell', '`payload` | `jsonb`', '`payload` | `text`'],
  ['a sentence', 'Unlogged:', 'Logged:'],
  ['a heading', '### `school.scratch`', '### `school.scratched`'],
  ['a link', '(#schoolroom)', '(#elsewhere)'],
  ['a diagram', 't_school_room |o--o{', 't_school_room ||--o{'],
  ['a definition', 'SELECT r.label,', 'SELECT r.title,'],
  ['the order of rows', /(\| 1 \| `id`.*\n)(\| 2 .*\n)/, '$2$1'],
  ['a line removed', /^\| 2 .*\n/m, ''],
  ['a line added', '## Views\n', '## Views\n\nHello\n'],
  ['a section twice', '## Views\n', '### `school.room`\n\n## Views\n'],
  ['a table row twice', /^(\| 2 .*\n)/m, '$1$1'],
  ['the head', 'Refresh it with', 'Do not refresh it with'],
])('%s changed by hand is a difference', (_, from, to) => {
  const edited = markdown.replace(from, to);
  expect(edited).not.toBe(markdown);
  const { ok, differences } = checkDocument(edited, catalog);
  expect(ok).toBe(false);
  expect(differences.length).toBeGreaterThan(0);
});

test('a file that is something else altogether is a difference, not a crash', () => {
  for (const text of [
    '',
    '# Hello',
    '| a | b |',
    '```',
    '## x\n| a\n|',
    '<!-- notes: x -->\n<!-- /notes -->',
  ]) {
    const { ok, differences } = checkDocument(text, catalog);
    expect(ok).toBe(false);
    expect(differences).toContain('table school.room exists but is not documented');
  }
});

test('the options of the build are the options of the check', () => {
  const options = { title: 'Ours', command: 'make docs', hideSchemas: ['school'] };
  const document = renderMarkdown(catalog, options);
  expect(checkDocument(document, catalog, options).ok).toBe(true);
  expect(checkDocument(document, catalog).ok).toBe(false);
});

test('notes written by hand survive a build and are no difference', () => {
  const note =
    '## My *own* heading\n\n```sql\nselect 1; -- | not a table |\n```\n| free | text |\n  indented  ';
  const written = markdown.replace(
    '<!-- notes: school.room -->\n',
    `<!-- notes: school.room -->\n${note}\n`,
  );
  expect(checkDocument(written, catalog)).toEqual({ ok: true, differences: [] });
  expect(renderMarkdown(catalog, { previous: written })).toBe(written);
  expect(renderMarkdown(catalog, { previous: written.replaceAll('\n', '\r\n') })).toBe(written);
});

test('every place for notes keeps what is written there', () => {
  let count = 0;
  const written = markdown.replace(/^<!-- notes: .*-->$/gm, (line) => `${line}\nnote ${++count}`);
  const tables = catalog.relations.filter(({ partitionOf }) => !partitionOf);
  expect(count).toBe(1 + tables.length + catalog.functions.length);
  const again = renderMarkdown(catalog, { previous: written });
  expect(again.match(/^note \d+$/gm)).toHaveLength(count);
});

test('the notes of a table that is gone move to the end and come back with it', () => {
  const written = markdown.replace(
    '<!-- notes: public.ab -->\n',
    '<!-- notes: public.ab -->\nKeep me.\n',
  );
  const without = renderMarkdown(catalog, { previous: written, hideSchemas: ['public'] });
  expect(without.slice(without.indexOf('## Notes about'))).toMatchInlineSnapshot(`
    "## Notes about what is gone

    Once about \`public.ab\`:

    <!-- notes: public.ab -->
    Keep me.
    <!-- /notes -->
    "
  `);
  expect(checkDocument(without, catalog, { hideSchemas: ['public'] }).ok).toBe(true);
  expect(renderMarkdown(catalog, { previous: without })).toBe(written);
});

test('a heading in a note that repeats a table’s moves its anchor, and the links follow', () => {
  const written = markdown.replace(
    '<!-- notes: document -->\n',
    '<!-- notes: document -->\n# public.ab #\n',
  );
  const rendered = renderMarkdown(catalog, { previous: written });
  expect(rendered).toContain('[`public."a.b"`](#publicab-1)');
  expect(rendered).toContain('[`public.ab`](#publicab-2)');
});

test('refuses a document whose notes have no end', () => {
  const broken = markdown.replace('<!-- /notes -->', '');
  expect(() => checkDocument(broken, catalog)).toThrow(UnclosedNotesError);
  expect(() => renderMarkdown(catalog, { previous: broken })).toThrowErrorMatchingInlineSnapshot(
    `[UnclosedNotesError: The notes block for document, opened on line 5, is never closed. Add a line <!-- /notes --> after its last line and run again.]`,
  );
});
