import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogAfter } from '../../test/rich-catalog.ts';
import { maxTables } from '../diagrams/cluster-tables.ts';
import { renderMarkdown } from '../render-markdown.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

async function diagramsAfter(sql: string): Promise<string> {
  const markdown = renderMarkdown(await catalogAfter(database.url, sql));
  return markdown.slice(markdown.indexOf('## Diagrams'), markdown.indexOf('## Tables'));
}

test('lines say how many rows each end can have, and partitions stand behind their parent', async () => {
  expect(
    await diagramsAfter(`
      CREATE TABLE person (id int PRIMARY KEY, boss int REFERENCES person);
      CREATE TABLE passport (person int PRIMARY KEY REFERENCES person, "PK" text, note text);
      CREATE TABLE visit (at date, who int NOT NULL REFERENCES person, PRIMARY KEY (at, who))
        PARTITION BY RANGE (at);
      CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE stamp (day date, guest int, FOREIGN KEY (day, guest) REFERENCES visit);
      CREATE TABLE part_only (d date, w int, FOREIGN KEY (d, w) REFERENCES visit_2026);
      CREATE TABLE alone (id int PRIMARY KEY);`),
  ).toMatchInlineSnapshot(`
    "## Diagrams

    Primary and foreign keys only; a crow’s foot stands at the side of the referencing table.

    **Around [\`public.visit\`](#publicvisit)**

    \`\`\`mermaid
    %%{init: {"er": {"layoutDirection": "LR"}}}%%
    erDiagram
      t_public_part_only["part_only"] {
        date d FK
        integer w FK
      }
      t_public_passport["passport"] {
        integer person PK, FK
      }
      t_public_person["person"] {
        integer id PK
        integer boss FK
      }
      t_public_stamp["stamp"] {
        date day FK
        integer guest FK
      }
      t_public_visit["visit"] {
        date at PK
        integer who PK, FK
      }
      t_public_person ||--o| t_public_passport : "person"
      t_public_person |o--o{ t_public_person : "boss"
      t_public_person ||--o{ t_public_visit : "who"
      t_public_visit |o--o{ t_public_part_only : "d, w"
      t_public_visit |o--o{ t_public_stamp : "day, guest"
    \`\`\`

    In no diagram: [\`public.alone\`](#publicalone).

    "
  `);
});

test('a hub is no knot of lines: who references only hubs stands around them, others name them', async () => {
  const orders = Array.from({ length: 30 }, (_, at) => `o${at}`);
  const text = await diagramsAfter(
    [
      'CREATE TABLE users (id int PRIMARY KEY);',
      ...orders.map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY, u int REFERENCES users);`),
      'CREATE TABLE item (id int PRIMARY KEY, o int REFERENCES o1, by int REFERENCES users);',
    ].join('\n'),
  );
  expect(text).toContain(
    'So many tables reference these that the columns name them, instead of lines: [`public.users`](#publicusers) (31).',
  );
  expect(text).toContain('integer by FK "to public.users"');
  const diagrams = text.split('```mermaid').slice(1);
  expect(diagrams).toHaveLength(4);
  for (const diagram of diagrams) {
    expect((diagram.match(/^ {2}\w+\[/gm) ?? []).length).toBeLessThanOrEqual(maxTables);
  }
  for (const name of [...orders, 'users', 'item']) expect(text).toContain(`t_public_${name}[`);
});

test('a database whose tables reference at most themselves has no diagrams', async () => {
  const catalog = await catalogAfter(
    database.url,
    'CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a)',
  );
  expect(renderMarkdown(catalog)).not.toContain('iagram');
});
