import type { Catalog } from '@tothub/db-catalog';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogAfter, richSchema } from '../test/rich-catalog.ts';
import type { Finding } from './finding.ts';
import { renderMarkdown } from './render-markdown.ts';
import { structuralFindings } from './structural-findings.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

function brief(catalog: Catalog): string[] {
  return structuralFindings(catalog).map(({ rule, severity, object }) =>
    [severity, rule, ...Object.values(object).flat()].join(' '),
  );
}

test('each rule finds its fact and nothing beside it', async () => {
  const catalog = await catalogAfter(
    database.url,
    `CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
     CREATE TABLE covered (id int PRIMARY KEY, p int REFERENCES parent, a int, b int,
       FOREIGN KEY (a, b) REFERENCES parent (a, b));
     CREATE INDEX ON covered (p);
     CREATE INDEX ON covered (b, a, id);
     CREATE TABLE partial (id int PRIMARY KEY, p int REFERENCES parent, q int REFERENCES parent,
       r int REFERENCES parent);
     CREATE INDEX ON partial (p) WHERE id > 0;
     CREATE INDEX ON partial (id, q);
     CREATE INDEX ON partial (r) WHERE r IS NOT NULL;
     CREATE TABLE keyless (id int UNIQUE);
     CREATE TABLE twice (id int PRIMARY KEY, a int);
     CREATE INDEX twice_b ON twice (a);
     CREATE INDEX twice_a ON twice (a);
     CREATE INDEX twice_desc ON twice (a DESC);
     CREATE INDEX twice_some ON twice (a) WHERE a > 0;
     CREATE UNIQUE INDEX twice_id ON twice (id);
     CREATE TABLE parted (id int, p int REFERENCES parent) PARTITION BY LIST (id);
     CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
     CREATE VIEW a_view AS SELECT 1 AS one;`,
  );
  expect(brief(catalog)).toEqual([
    'warning missing-primary-key public keyless',
    'warning missing-primary-key public parted',
    'warning unindexed-foreign-key public parted p parted_p_fkey',
    'warning unindexed-foreign-key public partial p partial_p_fkey',
    'warning unindexed-foreign-key public partial q partial_q_fkey',
    'warning duplicate-index public twice twice_b',
    'warning duplicate-index public twice twice_id',
  ]);
});

test('the leftover of a failed concurrent build is an error', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('CREATE TABLE broken (id int PRIMARY KEY, a int)');
    await client.query('INSERT INTO broken VALUES (1, 1), (2, 1)');
    await expect(
      client.query('CREATE UNIQUE INDEX CONCURRENTLY broken_a ON broken (a)'),
    ).rejects.toThrow('could not create unique index');
  } finally {
    await client.end();
  }
  const catalog = await catalogAfter(database.url, '');
  expect(brief(catalog)).toContain('error invalid-index public broken broken_a');
  expect(renderMarkdown(catalog)).toContain('| `broken_a` | `btree (a)` | **invalid**, unique |');
});

test('constraints, triggers and policies that do not do their work are found', async () => {
  const other = await testDatabase();
  try {
    const catalog = await catalogAfter(other.url, await richSchema());
    expect(brief(catalog).filter((line) => !/primary-key|foreign-key/.test(line))).toEqual([
      'warning not-validated-constraint school booking booking_teacher',
      'warning row-level-security-without-policy school booking',
      'warning disabled-trigger school room room_off',
      'error policy-without-row-level-security school room',
      'warning duplicate-index school teacher teacher_nick_again',
      'warning not-validated-constraint school email short',
    ]);
  } finally {
    await other.drop();
  }
});

test.runIf(testCluster().major >= 18)(
  'PostgreSQL 18: constraints that are not enforced, virtual columns and not-null not validated',
  async () => {
    const other = await testDatabase();
    try {
      const catalog = await catalogAfter(
        other.url,
        `CREATE TABLE modern (
           id int PRIMARY KEY,
           double int GENERATED ALWAYS AS (id * 2) VIRTUAL,
           a int CONSTRAINT positive CHECK (a > 0) NOT ENFORCED);
         ALTER TABLE modern ADD CONSTRAINT a_there NOT NULL a NOT VALID;`,
      );
      expect(brief(catalog)).toEqual([
        'warning not-validated-constraint public modern a_there',
        'warning not-enforced-constraint public modern positive',
      ]);
      const markdown = renderMarkdown(catalog);
      expect(markdown).toContain(
        '| `positive` | check | `CHECK ((a > 0)) NOT ENFORCED` | **not enforced** |',
      );
      expect(markdown).toContain('| `a_there` | not null |');
      expect(markdown).toContain('generated virtual: `(id * 2)`');
      expect(markdown).not.toContain('modern_id_not_null');
    } finally {
      await other.drop();
    }
  },
);

test('findings of the caller stand beside the structural ones, as text', async () => {
  const other = await testDatabase();
  try {
    const catalog = await catalogAfter(other.url, 'CREATE TABLE t (id int PRIMARY KEY, a int)');
    const finding = (column: string, message: string): Finding => ({
      rule: 'plaintext-secret',
      severity: 'error',
      object: { schema: 'public', table: 't', column },
      message,
    });
    const markdown = renderMarkdown(catalog, {
      findings: [
        finding('a', 'Looks like <b>bcrypt</b> | hash'),
        finding('id', 'Readable'),
        { rule: 'unused-schema', severity: 'info', object: { schema: 'x' }, message: 'Nobody' },
      ],
    });
    expect(
      markdown.slice(markdown.indexOf('## Findings'), markdown.indexOf('## Tables')),
    ).toMatchInlineSnapshot(`
      "## Findings

      **Error**

      | \`plaintext-secret\` | Message |
      | --- | --- |
      | [\`public.t (a)\`](#publict) | Looks like &lt;b&gt;bcrypt&lt;/b&gt; &#124; hash |
      | [\`public.t (id)\`](#publict) | Readable |

      **Info**: Nobody

      | \`unused-schema\` |
      | --- |
      | \`x\` |

      "
    `);
  } finally {
    await other.drop();
  }
});
