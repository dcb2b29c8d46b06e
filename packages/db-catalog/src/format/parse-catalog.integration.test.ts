import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { databaseWith, richDatabaseSql } from '../../test/databases.ts';
import { CatalogFormatError } from '../catalog-error.ts';
import { diffCatalogs } from '../diff/diff-catalogs.ts';
import type { Catalog } from '../model.ts';
import { readCatalog } from '../read/read-catalog.ts';
import { catalogJsonSchema } from './catalog-json-schema.ts';
import { checkJson } from './check-json.ts';
import { parseCatalog } from './parse-catalog.ts';
import { serialiseCatalog } from './serialise-catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  await using db = await databaseWith(`${richDatabaseSql}; analyze;`);
  catalog = await readCatalog(db.client);
});

test('the published schema is the one in the code', () => {
  const file = readFileSync(new URL('../../catalog.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file), 'run: npm run schema').toEqual(catalogJsonSchema);
});

test('the schema describes a catalog with every kind of object, with and without statistics', () => {
  for (const statistics of [true, false]) {
    const text = serialiseCatalog(catalog, { statistics });
    expect(checkJson(JSON.parse(text), catalogJsonSchema)).toBeUndefined();
  }
});

test('a catalog comes back from its text, and prints the same text again', () => {
  expect(parseCatalog(serialiseCatalog(catalog, { statistics: true }))).toEqual(catalog);
  const plain = serialiseCatalog(catalog);
  expect(plain).not.toContain('"statistics"');
  expect(diffCatalogs(parseCatalog(plain), catalog)).toEqual([]);
  expect(serialiseCatalog(parseCatalog(plain))).toBe(plain);
});

test('a text does not depend on the order in which members were set', () => {
  const turned = JSON.parse(serialiseCatalog(catalog), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as Catalog;
  expect(serialiseCatalog(turned)).toBe(serialiseCatalog(catalog));
});

test('refuses a catalog in which anything is missing, of another type or unknown', () => {
  const text = serialiseCatalog(catalog, { statistics: true });
  const places: (readonly (string | number)[])[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      if (typeof step === 'string') places.push([...path, step]);
      walk(member, [...path, step]);
    }
  };
  walk(JSON.parse(text), []);
  const seen = new Set<string>();
  for (const path of places) {
    // One place of each shape: the thousandth column is checked as the first.
    const shape = path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
    if (seen.has(shape)) continue;
    seen.add(shape);
    for (const spoil of [
      (object: Record<string, unknown>, key: string) => {
        object[key] = { unexpected: true };
      },
      (object: Record<string, unknown>, key: string) => {
        object[`${key} of another kind`] = true;
      },
      (object: Record<string, unknown>, key: string) => {
        if (key === 'statistics' || key === 'collation' || key === 'foreignServer') object[key] = 7;
        else delete object[key];
      },
    ]) {
      const copy: unknown = JSON.parse(text);
      let object = copy as Record<string, unknown>;
      for (const step of path.slice(0, -1)) object = object[step] as Record<string, unknown>;
      spoil(object, String(path.at(-1)));
      expect(checkJson(copy, catalogJsonSchema), shape).toBeDefined();
    }
  }
  expect(seen.size).toBeGreaterThan(140);
});

test('says where a text is not a catalog and what to do', () => {
  const message = (text: string): string => {
    try {
      parseCatalog(text);
    } catch (error) {
      expect(error).toBeInstanceOf(CatalogFormatError);
      return (error as Error).message;
    }
    return 'accepted';
  };
  const text = serialiseCatalog(catalog);
  expect([
    message('{'),
    message('null'),
    message('[]'),
    message(text.replace('"formatVersion": 1', '"formatVersion": 2')),
    message(text.replace('"position": 1,', '"position": 1.5,')),
    message(text.replace('"kind": "primary key"', '"kind": "secondary key"')),
  ]).toMatchInlineSnapshot(`
    [
      "This is not a catalog: the text is not JSON. Pass a file that serialiseCatalog has written.",
      "This is not a catalog: $ must be of type object. Write it again with serialiseCatalog of this version.",
      "This is not a catalog: $ must be of type object. Write it again with serialiseCatalog of this version.",
      "This is not a catalog: $["formatVersion"] must be 1. Write it again with serialiseCatalog of this version.",
      "This is not a catalog: $["relations"][0]["columns"][0]["position"] must be of type integer. Write it again with serialiseCatalog of this version.",
      "This is not a catalog: $["relations"][0]["constraints"][0]["kind"] must be "primary key", or must be "exclusion". Write it again with serialiseCatalog of this version.",
    ]
  `);
});
