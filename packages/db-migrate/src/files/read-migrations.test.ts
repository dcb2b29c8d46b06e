import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newMigration } from './new-migration.ts';
import { readMigrations } from './read-migrations.ts';

async function folder(files: Record<string, string | Uint8Array>) {
  const directory = await mkdtemp(join(tmpdir(), 'db-migrate-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function refusal(files: Record<string, string | Uint8Array>): Promise<string> {
  await using f = await folder(files);
  return await readMigrations(f.directory).then(
    () => 'accepted',
    (error: Error) => error.message.replaceAll(f.directory, '<folder>'),
  );
}

test('reads files in order of number, with gaps, and leaves everything else alone', async () => {
  await using f = await folder({
    '0010_c.up.sql': '\uFEFF-- tothub: no-transaction\r\nSELECT 1;\r\n\r\n',
    '0002_b-B.up.sql': 'SELECT 2;',
    '0002_b-B.down.sql': 'SELECT -2;',
    'README.md': '',
    'tothub.config.ts': '',
  });
  await mkdir(join(f.directory, 'old.sql'));
  const read = await readMigrations(f.directory);
  expect(read.map((m) => [m.version, m.name, m.down?.sql ?? null])).toEqual([
    ['0002', 'b-B', 'SELECT -2;'],
    ['0010', 'c', null],
  ]);
  expect(read[1]?.up).toMatchObject({
    transactional: false,
    sql: '-- tothub: no-transaction\nSELECT 1;',
  });
});

test('refuses what it cannot use, naming the file', async () => {
  expect(await refusal({ '0001_a.up.sql': '', '0001_b.up.sql': '' })).toMatchInlineSnapshot(
    `"0001_b.up.sql: uses the number 0001 of 0001_a again. Give the newer one the next free number."`,
  );
  expect(await refusal({ '0001_a.up.sql': '', '0001_b.down.sql': '' })).toMatchInlineSnapshot(
    `"0001_b.down.sql: uses the number 0001 of 0001_a again. Give the newer one the next free number."`,
  );
  expect(await refusal({ '0001_a.down.sql': '' })).toMatchInlineSnapshot(
    `"0001_a.down.sql: has no 0001_a.up.sql. Restore that file, or remove this one."`,
  );
  expect(await refusal({ '1_a.up.sql': '' })).toMatchInlineSnapshot(
    `"1_a.up.sql: is not named NNNN_name.up.sql or NNNN_name.down.sql. Rename it, or move it out of the folder."`,
  );
  expect(await refusal({ '0001_a.sql': '' })).toMatchInlineSnapshot(
    `"0001_a.sql: is not named NNNN_name.up.sql or NNNN_name.down.sql. Rename it, or move it out of the folder."`,
  );
  expect(await refusal({ '0001_a.UP.SQL': '' })).toMatchInlineSnapshot(
    `"0001_a.UP.SQL: is not named NNNN_name.up.sql or NNNN_name.down.sql. Rename it, or move it out of the folder."`,
  );
  expect(await refusal({ '0001_a.up.sql': 'SELECT \0;' })).toMatchInlineSnapshot(
    `"0001_a.up.sql: holds a NUL byte, which PostgreSQL does not take. Remove it."`,
  );
  expect(
    await refusal({ '0001_a.up.sql': new Uint8Array([0xff, 0xfe, 0x41]) }),
  ).toMatchInlineSnapshot(`"0001_a.up.sql: is not UTF-8. Save it in that encoding."`);
});

test('a folder that is not there is an error, an empty one is not', async () => {
  await using f = await folder({});
  expect(await readMigrations(f.directory)).toEqual([]);
  await expect(readMigrations(join(f.directory, 'nope'))).rejects.toThrow(/cannot be read/);
});

test('a new migration takes the next number and a plain name', async () => {
  await using f = await folder({ '0007_a.up.sql': '' });
  const made = await newMigration(f.directory, '  Größere Räume: "Übersicht" & more ');
  expect(made.map((path) => path.slice(f.directory.length + 1))).toEqual([
    '0008_gro_ere_raume_ubersicht_more.up.sql',
    '0008_gro_ere_raume_ubersicht_more.down.sql',
  ]);
  expect((await readMigrations(f.directory)).map((m) => m.version)).toEqual(['0007', '0008']);
  await expect(newMigration(f.directory, ' … ')).rejects.toThrow(/needs a name/);
  await writeFile(join(f.directory, '9999_z.up.sql'), '');
  await expect(newMigration(f.directory, 'more')).rejects.toThrow(/9999 is taken/);
});

test('a new migration makes its folder', async () => {
  await using f = await folder({});
  const [up] = await newMigration(join(f.directory, 'x', 'y'), 'first');
  expect(up).toMatch(/0001_first\.up\.sql$/);
});
