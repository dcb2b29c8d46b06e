import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseWith, richDatabaseSql } from '../../test/databases.ts';
import { diffCatalogs } from '../diff/diff-catalogs.ts';
import { findRelation, foreignKeysOf, primaryKeyOf } from '../find-relation.ts';
import { serialiseCatalog } from '../format/serialise-catalog.ts';
import type { Catalog, Relation } from '../model.ts';
import { readCatalog } from './read-catalog.ts';

let db: Awaited<ReturnType<typeof databaseWith>>;
let catalog: Catalog;

beforeAll(async () => {
  db = await databaseWith(richDatabaseSql);
  catalog = await readCatalog(db.client);
});

afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

function relation(name: string, schema = 'app'): Relation {
  const found = findRelation(catalog, schema, name);
  if (!found) throw new Error(`${schema}.${name} was not read`);
  return found;
}

test('reads the same text twice, and from another database of the same statements', async () => {
  await using again = await databaseWith(richDatabaseSql);
  const second = await readCatalog(again.client);
  expect(serialiseCatalog(await readCatalog(db.client))).toBe(serialiseCatalog(catalog));
  expect(serialiseCatalog({ ...second, database: catalog.database })).toBe(
    serialiseCatalog(catalog),
  );
  expect(diffCatalogs(catalog, second, { ignore: ['database'] })).toEqual([]);
});

test('lists what the database holds, without what extensions own', () => {
  const names = (list: readonly { schema: string; name: string }[]) =>
    list.map(({ schema, name }) => `${schema}.${name}`);
  expect({
    schemas: catalog.schemas.map((schema) => schema.name),
    relations: catalog.relations.map(({ schema, name, kind }) => `${kind} ${schema}.${name}`),
    sequences: names(catalog.sequences),
    types: names([...catalog.enums, ...catalog.domains, ...catalog.composites, ...catalog.ranges]),
    functions: catalog.functions.map(
      ({ kind, name, identityArguments }) => `${kind} ${name}(${identityArguments})`,
    ),
    eventTriggers: catalog.eventTriggers,
    publications: catalog.publications,
  }).toMatchInlineSnapshot(`
    {
      "eventTriggers": [
        {
          "enabled": "origin",
          "event": "ddl_command_end",
          "function": {
            "name": "on_ddl",
            "schema": "app",
          },
          "name": "watch_ddl",
          "tags": [
            "CREATE TABLE",
            "DROP TABLE",
          ],
        },
      ],
      "functions": [
        "function add(a integer, b integer, OUT total integer)",
        "function add(text)",
        "procedure clean(INOUT done boolean)",
        "function on_ddl()",
        "aggregate total(integer)",
        "function touch()",
      ],
      "publications": [
        {
          "allTables": true,
          "name": "every_table",
          "schemas": [],
          "tables": [],
        },
        {
          "allTables": false,
          "name": "some_tables",
          "schemas": [],
          "tables": [
            {
              "name": "base",
              "schema": "app",
            },
            {
              "name": "derived",
              "schema": "app",
            },
            {
              "name": "people",
              "schema": "app",
            },
          ],
        },
        {
          "allTables": false,
          "name": "whole_schema",
          "schemas": [
            "Odd "Schema"",
          ],
          "tables": [],
        },
      ],
      "relations": [
        "table Odd "Schema".Odd.Table",
        "view app.adult_names",
        "view app.adults",
        "table app.base",
        "table app.derived",
        "table app.event_notes",
        "partitioned table app.events",
        "table app.events_2024",
        "table app.events_rest",
        "foreign table app.imported",
        "materialized view app.mood_counts",
        "table app.people",
        "table app.scratch",
        "table app.visits",
      ],
      "schemas": [
        "Odd "Schema"",
        "app",
        "public",
      ],
      "sequences": [
        "app.orphans",
        "app.people_external_id_seq",
        "app.people_id_seq",
        "app.people_serial_number_seq",
        "app.tickets",
      ],
      "types": [
        "app.mood",
        "app.positive",
        "app.short_text",
        "app.address",
        "app.period",
      ],
    }
  `);
  const hstore = catalog.extensions.find((extension) => extension.name === 'hstore');
  expect(hstore).toMatchObject({ schema: 'app', version: expect.stringMatching(/^1\.\d+$/) });
  expect(hstore?.members).toContain('type app.hstore');
  expect(hstore?.members).toContain('function app.akeys(app.hstore)');
});

test('reads columns with type, default, identity, generation, collation and the type behind', () => {
  const facts = relation('people').columns.map((column) => {
    const { name, position, type, comment, grants, isArray, ...rest } = column;
    const set = Object.entries(rest).filter(([, value]) => value !== null && value !== false);
    return `${position} ${name} ${type}${isArray ? ' (array)' : ''} ${JSON.stringify(Object.fromEntries(set))}`;
  });
  expect(facts).toMatchInlineSnapshot(`
    [
      "1 id bigint {"notNull":true,"identity":"always"}",
      "2 external_id integer {"notNull":true,"identity":"by default"}",
      "3 serial_number integer {"notNull":true,"default":"nextval('app.people_serial_number_seq'::regclass)"}",
      "4 full_name text {"notNull":true,"collation":"\\"C\\""}",
      "5 nick_name character varying(20) {"default":"'none'::character varying"}",
      "6 born date {"notNull":true}",
      "7 height numeric(5,2) {}",
      "8 mood app.mood {"default":"'ok'::app.mood","userType":{"schema":"app","name":"mood","kind":"enum"}}",
      "9 moods app.mood[] (array) {"userType":{"schema":"app","name":"mood","kind":"enum"}}",
      "10 label app.short_text {"userType":{"schema":"app","name":"short_text","kind":"domain"}}",
      "11 home app.address {"userType":{"schema":"app","name":"address","kind":"composite"}}",
      "12 away app.period {"userType":{"schema":"app","name":"period","kind":"range"}}",
      "13 photo bytea {"default":"'\\\\xdead'::bytea"}",
      "14 seen timestamp with time zone {"default":"'2020-01-01 00:00:00+00'::timestamp with time zone"}",
      "15 full_upper text {"default":"upper(full_name)","generated":"stored"}",
    ]
  `);
  expect(relation('people').columns[3]).toMatchObject({
    comment: 'As in the passport',
    grants: [
      { grantee: 'PUBLIC', grantor: 'postgres', privilege: 'SELECT', grantable: false },
      { grantee: 'PUBLIC', grantor: 'postgres', privilege: 'UPDATE', grantable: false },
    ],
  });
});

test('reads constraints of every kind', () => {
  const visits = relation('visits');
  expect(visits.constraints.filter(({ kind }) => kind !== 'not null')).toMatchInlineSnapshot(`
    [
      {
        "columns": [
          "place_a",
        ],
        "comment": null,
        "deferrable": false,
        "definition": "CHECK ((place_a > 0)) NO INHERIT NOT VALID",
        "expression": "(place_a > 0)",
        "initiallyDeferred": false,
        "isLocal": true,
        "kind": "check",
        "name": "visits_check",
        "noInherit": true,
        "validated": false,
      },
      {
        "columns": [
          "friend",
        ],
        "comment": null,
        "deferrable": true,
        "definition": "FOREIGN KEY (friend) REFERENCES app.people(id) MATCH FULL ON UPDATE RESTRICT ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED",
        "initiallyDeferred": true,
        "isLocal": true,
        "kind": "foreign key",
        "match": "full",
        "name": "visits_friend_fkey",
        "onDelete": "set default",
        "onDeleteColumns": [],
        "onUpdate": "restrict",
        "references": {
          "columns": [
            "id",
          ],
          "name": "people",
          "schema": "app",
        },
        "validated": true,
      },
      {
        "columns": [
          "during",
        ],
        "comment": null,
        "deferrable": false,
        "definition": "EXCLUDE USING gist (during WITH &&)",
        "index": "visits_no_overlap",
        "initiallyDeferred": false,
        "isLocal": true,
        "kind": "exclusion",
        "name": "visits_no_overlap",
        "validated": true,
      },
      {
        "columns": [
          "person_id",
        ],
        "comment": null,
        "deferrable": false,
        "definition": "FOREIGN KEY (person_id) REFERENCES app.people(id) ON DELETE CASCADE",
        "initiallyDeferred": false,
        "isLocal": true,
        "kind": "foreign key",
        "match": "simple",
        "name": "visits_person_id_fkey",
        "onDelete": "cascade",
        "onDeleteColumns": [],
        "onUpdate": "no action",
        "references": {
          "columns": [
            "id",
          ],
          "name": "people",
          "schema": "app",
        },
        "validated": true,
      },
      {
        "columns": [
          "place_b",
          "place_a",
        ],
        "comment": null,
        "deferrable": false,
        "definition": "UNIQUE (place_b, place_a)",
        "index": "visits_place_b_place_a_key",
        "initiallyDeferred": false,
        "isLocal": true,
        "kind": "unique",
        "name": "visits_place_b_place_a_key",
        "nullsNotDistinct": false,
        "validated": true,
      },
      {
        "columns": [
          "place_b",
          "place_a",
        ],
        "comment": null,
        "deferrable": false,
        "definition": "FOREIGN KEY (place_b, place_a) REFERENCES app.visits(place_b, place_a) ON DELETE SET NULL (place_a)",
        "initiallyDeferred": false,
        "isLocal": true,
        "kind": "foreign key",
        "match": "simple",
        "name": "visits_place_fkey",
        "onDelete": "set null",
        "onDeleteColumns": [
          "place_a",
        ],
        "onUpdate": "no action",
        "references": {
          "columns": [
            "place_b",
            "place_a",
          ],
          "name": "visits",
          "schema": "app",
        },
        "validated": true,
      },
    ]
  `);
  expect(foreignKeysOf(visits).map(({ name }) => name)).toEqual([
    'visits_friend_fkey',
    'visits_person_id_fkey',
    'visits_place_fkey',
  ]);
  expect(relation('people').constraints).toContainEqual(
    expect.objectContaining({
      kind: 'unique',
      nullsNotDistinct: true,
      columns: ['external_id', 'born'],
    }),
  );
  expect(primaryKeyOf(relation('events'))).toEqual(['id', 'happened']);
  expect(primaryKeyOf(visits)).toBeUndefined();
});

test('reads not-null constraints where the server has them', () => {
  const kinds = relation('events').constraints.map(({ kind, columns }) => `${kind} ${columns}`);
  const expected = ['primary key id,happened'];
  if (catalog.server.versionNumber >= 180000) expected.unshift('not null happened', 'not null id');
  expect(kinds).toEqual(expected);
});

test('reads virtual generated columns where the server has them', async () => {
  if (catalog.server.versionNumber < 180000) return;
  await using newer = await databaseWith(
    'create table t (a integer, b integer generated always as (a * 2) virtual, check (a > 0) not enforced)',
  );
  const table = findRelation(await readCatalog(newer.client), 'public', 't');
  expect(table?.columns[1]).toMatchObject({ generated: 'virtual', default: '(a * 2)' });
  expect(table?.constraints[0]).toMatchObject({
    definition: 'CHECK ((a > 0)) NOT ENFORCED',
    validated: false,
  });
});

test('reads the parts of an index', () => {
  const { statistics, ...index } = relation('people').indexes.find(
    ({ name }) => name === 'people_mixed_idx',
  ) ?? { statistics: undefined };
  expect(statistics).toEqual({ bytes: 8192, scans: 0 });
  expect(index).toMatchInlineSnapshot(`
    {
      "comment": "For the list",
      "definition": "CREATE INDEX people_mixed_idx ON app.people USING btree (lower(full_name), born DESC, height NULLS FIRST) INCLUDE (nick_name) WHERE (height IS NOT NULL)",
      "includes": [
        "nick_name",
      ],
      "isExclusion": false,
      "isPartition": false,
      "isPrimary": false,
      "isReady": true,
      "isUnique": false,
      "isValid": true,
      "keys": [
        {
          "column": null,
          "descending": false,
          "expression": "lower(full_name)",
          "nullsFirst": false,
        },
        {
          "column": "born",
          "descending": true,
          "expression": "born",
          "nullsFirst": true,
        },
        {
          "column": "height",
          "descending": false,
          "expression": "height",
          "nullsFirst": true,
        },
      ],
      "method": "btree",
      "name": "people_mixed_idx",
      "nullsNotDistinct": false,
      "predicate": "(height IS NOT NULL)",
    }
  `);
  expect(
    relation('people').indexes.map(({ name, method, keys }) => [name, method, keys[0]?.collation]),
  ).toMatchInlineSnapshot(`
    [
      [
        "people_collated_idx",
        "btree",
        ""C"",
      ],
      [
        "people_external_id_key",
        "btree",
        undefined,
      ],
      [
        "people_mixed_idx",
        "btree",
        undefined,
      ],
      [
        "people_moods_idx",
        "gin",
        undefined,
      ],
      [
        "people_pkey",
        "btree",
        undefined,
      ],
    ]
  `);
});

test('shows a foreign key to a partitioned table once, and partitions with their parent', () => {
  expect(foreignKeysOf(relation('event_notes'))).toHaveLength(1);
  expect(relation('events').partitionKey).toBe('RANGE (happened)');
  expect(relation('events_2024').partitionOf).toEqual({
    schema: 'app',
    name: 'events',
    bound: "FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')",
  });
  expect(relation('events_rest').partitionOf?.bound).toBe('DEFAULT');
  expect(relation('events_2024').inherits).toEqual([]);
  expect(relation('events_2024').indexes.map(({ isPartition }) => isPartition)).toEqual([
    true,
    true,
  ]);
  expect(relation('events_2024').constraints.map(({ isLocal }) => isLocal)).not.toContain(true);
  expect(relation('derived').inherits).toEqual([{ schema: 'app', name: 'base' }]);
  expect(relation('derived').partitionOf).toBeNull();
});

test('reads triggers, policies and rules, but not the copies on partitions', () => {
  expect({
    people: relation('people').triggers,
    visits: relation('visits').triggers.map(({ definition }) => definition),
    events: relation('events').triggers.length,
    partition: relation('events_2024').triggers,
    policies: relation('people').policies,
    rules: relation('base').rules,
  }).toMatchInlineSnapshot(`
    {
      "events": 1,
      "partition": [],
      "people": [
        {
          "comment": null,
          "definition": "CREATE TRIGGER people_touch BEFORE UPDATE OF full_name ON app.people FOR EACH ROW WHEN ((old.full_name IS DISTINCT FROM new.full_name)) EXECUTE FUNCTION app.touch()",
          "enabled": "always",
          "function": {
            "name": "touch",
            "schema": "app",
          },
          "name": "people_touch",
        },
      ],
      "policies": [
        {
          "command": "select",
          "comment": null,
          "name": "people_read",
          "permissive": true,
          "roles": [
            "PUBLIC",
          ],
          "using": "(born < CURRENT_DATE)",
          "withCheck": null,
        },
        {
          "command": "insert",
          "comment": null,
          "name": "people_write",
          "permissive": false,
          "roles": [
            "PUBLIC",
          ],
          "using": null,
          "withCheck": "(id > 0)",
        },
      ],
      "rules": [
        {
          "comment": null,
          "definition": "CREATE RULE people_no_delete AS
        ON DELETE TO app.base DO INSTEAD NOTHING;",
          "enabled": "disabled",
          "name": "people_no_delete",
        },
      ],
      "visits": [
        "CREATE CONSTRAINT TRIGGER visits_late AFTER INSERT ON app.visits DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touch()",
      ],
    }
  `);
});

test('reads options, security, persistence and where a table lives', () => {
  expect(relation('people')).toMatchObject({
    options: ['fillfactor=80'],
    rowLevelSecurity: 'forced',
    comment: 'People',
    owner: 'postgres',
  });
  expect(relation('visits')).toMatchObject({ replicaIdentity: 'full', rowLevelSecurity: 'off' });
  expect(relation('scratch').persistence).toBe('unlogged');
  expect(relation('imported')).toMatchObject({
    foreignServer: 'files',
    options: ['filename=/dev/null', 'format=text'],
  });
  expect(relation('people')).not.toHaveProperty('foreignServer');
});

test('reads views with what they read', () => {
  expect(relation('adults').definition).toMatch(/FROM app\.people\s+WHERE/);
  expect(relation('adults').options).toEqual(['security_barrier=true']);
  expect(relation('adult_names').dependsOn).toEqual([
    { schema: 'app', name: 'adults' },
    { schema: 'app', name: 'visits' },
  ]);
  expect(relation('mood_counts').dependsOn).toEqual([{ schema: 'app', name: 'people' }]);
  expect(relation('people').definition).toBeNull();
});

test('reads types', () => {
  const { enums, domains, composites, ranges } = catalog;
  expect({ enums, domains, composites, ranges }).toMatchInlineSnapshot(`
    {
      "composites": [
        {
          "attributes": [
            {
              "name": "street",
              "type": "text",
            },
            {
              "name": "Zip Code",
              "type": "character varying(10)",
            },
          ],
          "comment": null,
          "name": "address",
          "owner": "postgres",
          "schema": "app",
        },
      ],
      "domains": [
        {
          "baseType": "integer",
          "collation": null,
          "comment": null,
          "constraints": [
            {
              "definition": "CHECK ((VALUE > 0)) NOT VALID",
              "name": "positive_check",
              "validated": false,
            },
          ],
          "default": null,
          "name": "positive",
          "notNull": false,
          "owner": "postgres",
          "schema": "app",
        },
        {
          "baseType": "text",
          "collation": ""C"",
          "comment": null,
          "constraints": [
            {
              "definition": "CHECK ((length(VALUE) < 10))",
              "name": "short_text_length",
              "validated": true,
            },
          ],
          "default": "'x'::text",
          "name": "short_text",
          "notNull": true,
          "owner": "postgres",
          "schema": "app",
        },
      ],
      "enums": [
        {
          "comment": "How it went",
          "labels": [
            "sad",
            "very "sad"",
            "ok",
            "happy",
          ],
          "name": "mood",
          "owner": "postgres",
          "schema": "app",
        },
      ],
      "ranges": [
        {
          "comment": null,
          "name": "period",
          "owner": "postgres",
          "schema": "app",
          "subtype": "date",
        },
      ],
    }
  `);
});

test('reads routines', () => {
  const [add] = catalog.functions;
  expect(add).toMatchInlineSnapshot(`
    {
      "arguments": "a integer, b integer DEFAULT 1, OUT total integer",
      "comment": null,
      "configuration": [
        "search_path=pg_catalog",
      ],
      "definition": "CREATE OR REPLACE FUNCTION app.add(a integer, b integer DEFAULT 1, OUT total integer)
     RETURNS integer
     LANGUAGE sql
     IMMUTABLE STRICT SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    BEGIN ATOMIC
     SELECT (a + b);
    END
    ",
      "grants": [],
      "identityArguments": "a integer, b integer, OUT total integer",
      "kind": "function",
      "language": "sql",
      "name": "add",
      "owner": "postgres",
      "result": "integer",
      "schema": "app",
      "securityDefiner": true,
      "strict": true,
      "volatility": "immutable",
    }
  `);
  expect(catalog.functions.find(({ kind }) => kind === 'aggregate')).toMatchObject({
    name: 'total',
    definition: null,
    result: 'integer',
  });
  expect(catalog.functions.find(({ name }) => name === 'touch')?.grants).toEqual([
    { grantee: 'postgres', grantor: 'postgres', privilege: 'EXECUTE', grantable: false },
  ]);
});

test('reads sequences and the columns that own them', () => {
  expect(catalog.sequences.map(({ name, ownedBy }) => [name, ownedBy])).toMatchInlineSnapshot(`
    [
      [
        "orphans",
        {
          "column": "x",
          "dependency": "auto",
          "name": "scratch",
          "schema": "app",
        },
      ],
      [
        "people_external_id_seq",
        {
          "column": "external_id",
          "dependency": "internal",
          "name": "people",
          "schema": "app",
        },
      ],
      [
        "people_id_seq",
        {
          "column": "id",
          "dependency": "internal",
          "name": "people",
          "schema": "app",
        },
      ],
      [
        "people_serial_number_seq",
        {
          "column": "serial_number",
          "dependency": "auto",
          "name": "people",
          "schema": "app",
        },
      ],
      [
        "tickets",
        null,
      ],
    ]
  `);
  expect(catalog.sequences.find(({ name }) => name === 'tickets')).toMatchInlineSnapshot(`
    {
      "cache": "5",
      "comment": "Numbers",
      "cycle": true,
      "grants": [
        {
          "grantable": false,
          "grantee": "PUBLIC",
          "grantor": "postgres",
          "privilege": "USAGE",
        },
        {
          "grantable": false,
          "grantee": "postgres",
          "grantor": "postgres",
          "privilege": "SELECT",
        },
        {
          "grantable": false,
          "grantee": "postgres",
          "grantor": "postgres",
          "privilege": "UPDATE",
        },
        {
          "grantable": false,
          "grantee": "postgres",
          "grantor": "postgres",
          "privilege": "USAGE",
        },
      ],
      "increment": "2",
      "maximum": "1000",
      "minimum": "10",
      "name": "tickets",
      "ownedBy": null,
      "owner": "postgres",
      "schema": "app",
      "start": "20",
      "type": "integer",
    }
  `);
});

test('reads privileges that were granted, and none that are only implied', () => {
  expect(relation('base').grants).toEqual([]);
  expect(relation('visits').grants.filter(({ grantee }) => grantee !== 'postgres')).toEqual([
    { grantee: 'pg_monitor', grantor: 'postgres', privilege: 'INSERT', grantable: true },
    { grantee: 'pg_monitor', grantor: 'postgres', privilege: 'SELECT', grantable: true },
  ]);
});

test('reads only the schemas that are named', async () => {
  const odd = await readCatalog(db.client, { schemas: ['Odd "Schema"', 'nowhere'] });
  expect(odd.schemas.map(({ name }) => name)).toEqual(['Odd "Schema"']);
  expect(odd.relations.map(({ name }) => name)).toEqual(['Odd.Table']);
  expect(odd.relations[0]?.columns.map(({ name }) => name)).toEqual(['select', 'new\nline', 'ünï']);
  expect([odd.functions, odd.sequences, odd.enums]).toEqual([[], [], []]);
  expect((await readCatalog(db.client, { schemas: [] })).relations).toEqual([]);
});

test('tells a table that was never analysed from an empty one', async () => {
  const rowsOf = async () =>
    findRelation(await readCatalog(db.client), 'app', 'base')?.statistics.estimatedRows;
  expect(await rowsOf()).toBeNull();
  await db.client.query('vacuum analyze app.base');
  expect(await rowsOf()).toBe(0);
  await db.client.query('insert into app.base select 1 from generate_series(1, 1000)');
  await db.client.query('analyze app.base');
  expect(await rowsOf()).toBe(1000);
});
