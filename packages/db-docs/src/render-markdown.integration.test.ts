import { type Catalog, qualifiedName, quoteIdent, type Relation } from '@tothub/db-catalog';
import { legacyDatabase, type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeName, decodePath, type ReadRow, readBack } from '../test/read-back.ts';
import { catalogAfter, richSchema } from '../test/rich-catalog.ts';
import { renderMarkdown } from './render-markdown.ts';

/** What the page must say of a relation, written from the catalog without the renderer. */
function expected({ schema, name, columns, constraints, indexes, kind }: Relation) {
  return {
    columns: columns.map((column) => ({
      position: String(column.position),
      name: column.name,
      type: column.collation ? `${column.type} COLLATE ${column.collation}` : column.type,
      nullable: kind.endsWith('view') ? '' : column.notNull ? 'no' : 'yes',
      default: column.identity
        ? `identity ${column.identity}`
        : `${column.generated ? `generated ${column.generated}: ` : ''}${column.default ?? ''}`,
      primaryKey: constraints.some(
        (constraint) =>
          constraint.kind === 'primary key' && constraint.columns.includes(column.name),
      ),
      references: constraints.flatMap((constraint) => {
        const at = constraint.columns.indexOf(column.name);
        if (constraint.kind !== 'foreign key' || at < 0) return [];
        const { schema, name, columns: referenced } = constraint.references;
        return [[schema, name, referenced[at]]];
      }),
    })),
    constraints: constraints
      .filter((constraint) => constraint.kind !== 'not null')
      .map(({ name, kind, definition }) => ({ name, kind, definition })),
    indexes: indexes.map((index) => ({
      name: index.name,
      prefix: [
        index.isUnique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX',
        quoteIdent(index.name),
        kind === 'partitioned table' ? 'ON ONLY' : 'ON',
        qualifiedName({ schema, name }),
        'USING ',
      ].join(' '),
      definition: index.definition,
      primary: index.isPrimary,
      valid: index.isValid,
    })),
  };
}

function found(tables: ReadonlyMap<string, readonly ReadRow[]>, prefixes: readonly string[]) {
  return {
    columns: (tables.get('Column') ?? []).map((row) => ({
      position: row['#'],
      name: decodeName(row.Column ?? ''),
      type: row.Type,
      nullable: row.Nullable ?? '',
      default: row.Default ?? '',
      primaryKey: (row.Key ?? '').split('\n').includes('PK'),
      references: (row.Key ?? '')
        .split('\n')
        .filter((mark) => mark.startsWith('FK → '))
        .map((mark) => decodePath(mark.slice('FK → '.length))),
    })),
    constraints: (tables.get('Constraint') ?? []).map((row) => ({
      name: decodeName(row.Constraint ?? ''),
      kind: row.Kind,
      definition: row.Definition,
    })),
    indexes: (tables.get('Index') ?? []).map((row, at) => {
      const notes = (row.Notes ?? '').split(', ');
      const prefix = prefixes[at] ?? '';
      return {
        name: decodeName(row.Index ?? ''),
        prefix,
        definition: `${prefix}${row.Definition}`,
        primary: notes.includes('primary key'),
        valid: !notes.includes('invalid'),
      };
    }),
  };
}

function assertExact(catalog: Catalog, markdown: string): void {
  const relations = readBack(markdown).filter(
    ({ group, path }) => ['Tables', 'Views'].includes(group) && path.length > 0,
  );
  const key = (path: readonly string[]) => JSON.stringify(path);
  const wanted = Object.fromEntries(
    catalog.relations
      .filter(({ partitionOf }) => !partitionOf)
      .map((relation) => [key([relation.schema, relation.name]), expected(relation)]),
  );
  expect(
    Object.fromEntries(
      relations.map(({ path, tables }) => {
        const prefixes = wanted[key(path)]?.indexes.map(({ prefix }) => prefix) ?? [];
        return [key(path), found(tables, prefixes)];
      }),
    ),
  ).toEqual(wanted);
}

describe('a schema with one of everything and hostile names', () => {
  let database: TestDatabase;
  let catalog: Catalog;
  let markdown: string;
  beforeAll(async () => {
    database = await testDatabase();
    catalog = await catalogAfter(database.url, await richSchema());
    markdown = renderMarkdown(catalog);
  });
  afterAll(() => database?.drop());

  test('every table, column, type, default, key and index reads back as the catalog has it', () => {
    assertExact(catalog, markdown);
  });

  test('partitions are told under their parent and nowhere else', () => {
    const event = readBack(markdown).find(({ path }) => path[1] === 'event');
    expect(event?.tables.get('Partition')?.map((row) => [row.Partition, row.Bound])).toEqual(
      catalog.relations
        .filter(({ partitionOf }) => partitionOf)
        .map(({ schema, name, partitionOf }) => [`${schema}.${name}`, partitionOf?.bound]),
    );
    expect(markdown).not.toContain('### `school.event_2025`');
    expect(event?.tables.get('Partition')?.at(-1)?.['Only here']?.split('\n')).toEqual([
      'at DEFAULT now()',
      'teacher_id NOT NULL',
      'CONSTRAINT rest_only CHECK ((id > 0))',
      'CREATE INDEX event_rest_only ON school.event_rest USING btree (at)',
    ]);
  });

  test('every function, enum, domain, composite, range, sequence and policy is named', () => {
    const objects = readBack(markdown);
    const names = (group: string, header: string) =>
      objects
        .filter((object) => object.group === group)
        .flatMap(({ tables }) => (tables.get(header) ?? []).map((row) => row[header]));
    const paths = (list: readonly { schema: string; name: string }[]) =>
      list.map(({ schema, name }) => `${schema}.${name}`);
    expect(names('Enums', 'Enum')).toEqual(paths(catalog.enums));
    expect(names('Domains', 'Domain')).toEqual(paths(catalog.domains));
    expect(names('Composite types', 'Composite type')).toEqual(paths(catalog.composites));
    expect(names('Range types', 'Range type')).toEqual(paths(catalog.ranges));
    expect(names('Sequences', 'Sequence')).toEqual(paths(catalog.sequences));
    expect(names('Extensions', 'Extension')).toEqual(catalog.extensions.map(({ name }) => name));
    expect(names('Tables', 'Policy')).toEqual(['idle', 'own']);
    expect(names('Tables', 'Trigger')).toEqual(['room_off', 'room_touch']);
    expect(names('Tables', 'Rule')).toEqual(['keep']);
    expect(markdown).toContain('| `some_tables` | all tables in `public`, `school.room` |');
    expect(markdown).toContain('Foreign table on server <code>far &#124; away</code>.');
    for (const { schema, name, identityArguments, definition } of catalog.functions) {
      expect(markdown).toContain(`### \`${schema}.${name}(${identityArguments})\``);
      if (definition) expect(markdown).toContain(definition.trimEnd());
    }
    for (const { definition } of catalog.relations) {
      if (definition !== null) expect(markdown).toContain(definition.trimEnd());
    }
  });

  test('enum labels keep their sort order', () => {
    const [row] =
      readBack(markdown)
        .find(({ group }) => group === 'Enums')
        ?.tables.get('Enum') ?? [];
    expect(row?.['Labels in order']).toBe(
      'first, happy, sad, it\'s | complicated, with "quotes", comma',
    );
  });

  test('every link of the document has its heading, and shows the name of that heading', () => {
    const seen = new Map<string, number>();
    const headings = new Map<string, string>();
    let fenced = '';
    for (const line of markdown.split('\n')) {
      const mark = line.match(/^`{3,}/)?.[0];
      if (fenced ? line === fenced : mark) fenced = fenced ? '' : (mark ?? '');
      if (fenced || !/^#{1,6} /.test(line)) continue;
      const text = line
        .replace(/^#+ /, '')
        .replace(/<[^>]*>|`/g, '')
        .replace(/&#(\d+);/g, (_, point) => String.fromCodePoint(Number(point)));
      const slug = text
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      headings.set(count ? `${slug}-${count}` : slug, text);
    }
    const links = [...markdown.matchAll(/\[(`[^`]*`|<code>.*?<\/code>|[\w ]+)\]\(#([^)]*)\)/g)];
    expect(links.length).toBeGreaterThan(80);
    for (const [, label = '', anchor = ''] of links) {
      const heading = headings.get(anchor);
      expect(heading, `${label} → #${anchor}`).toBeDefined();
      const text = label
        .replace(/<[^>]*>|`/g, '')
        .replace(/&#(\d+);/g, (_, point) => String.fromCodePoint(Number(point)));
      if (/[."]/.test(heading ?? '')) expect(text.startsWith(heading ?? ' ')).toBe(true);
    }
  });

  test('comments and names cannot become markup', () => {
    const outside = markdown.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '').replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/<(?!\/?(?:code|span|br|details|summary)>|!-- |\/details)/);
    expect(outside.match(/^#{1,2} .*/gm)).toEqual(
      expect.arrayContaining(['# Database schema', '## Tables', '## Functions']),
    );
    expect(outside.match(/^## Tables/gm)).toHaveLength(1);
    expect(outside).not.toMatch(/[\u202A-\u202E]/);
    for (const line of outside.split('\n').filter((text) => text.startsWith('<!--'))) {
      expect(line).toMatch(/^<!-- (?:(?!-->|--!>).)* -->$/);
    }
  });

  test('the same catalog gives the same bytes, and numbers of rows and sizes do not matter', () => {
    const busy: Catalog = {
      ...catalog,
      database: 'other',
      server: { versionNumber: 180099, version: '18.99' },
      relations: catalog.relations.map((relation) => ({
        ...relation,
        owner: relation.owner,
        statistics: { ...relation.statistics, estimatedRows: 99, totalBytes: 1e9 },
      })),
      extensions: catalog.extensions.map((extension) => ({ ...extension, version: '9.9' })),
    };
    expect(renderMarkdown(busy)).toBe(markdown);
    expect(renderMarkdown(busy, { showServer: true })).toContain(
      'Database `other`, PostgreSQL 18.99, encoding ',
    );
  });

  test('a hidden schema leaves no trace but the keys that point to it', () => {
    const hidden = renderMarkdown(catalog, { hideSchemas: ['school', 'Odd.Schema|`x`'] });
    expect(hidden).not.toMatch(/school|Odd/);
    expect(hidden).toContain('### `public.ab`');
    expect(renderMarkdown(catalog, { hideSchemas: ['public'] })).not.toContain('### `public.');
  });
});

test('the legacy database is told exactly, with all its 38 tables and 480 columns', async () => {
  const database = await legacyDatabase();
  try {
    const catalog = await catalogAfter(database.url, '');
    const markdown = renderMarkdown(catalog);
    assertExact(catalog, markdown);
    expect(readBack(markdown).flatMap(({ tables }) => tables.get('Column') ?? [])).toHaveLength(
      480,
    );
  } finally {
    await database.drop();
  }
});

test('an empty database has a short document without empty tables', async () => {
  const database = await testDatabase();
  try {
    expect(
      renderMarkdown(await catalogAfter(database.url, ''), {
        title: 'A <b> title',
        command: 'make docs -->\n# x',
      }),
    ).toMatchInlineSnapshot(`
      "<!-- Generated from the database catalog; only what stands between notes comments is kept. Refresh it with: make docs --&gt; # x -->

      # A &lt;b&gt; title

      <!-- notes: document -->
      <!-- /notes -->

      ## Contents

      - [Summary](#summary)
      - [Findings](#findings)
      - [Extensions](#extensions)

      ## Summary

      | Schema | Granted | Comment |
      | --- | --- | --- |
      | \`public\` | \`PUBLIC\`: USAGE | standard public schema |

      ## Findings

      None.

      ## Extensions

      | Extension | Schema | Comment |
      | --- | --- | --- |
      | \`plpgsql\` | \`pg_catalog\` | PL/pgSQL procedural language |
      "
    `);
  } finally {
    await database.drop();
  }
});
