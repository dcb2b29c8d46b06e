/** What an analyst can try against masking views. */
import { quoteIdent } from '@tothub/db-catalog';
import pg from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  database,
  db,
  options,
  outsider,
  read,
  reader,
  staff,
  useMaskingDatabase,
} from '../../test/masking-database.ts';
import { createMaskingViews } from './create-masking-views.ts';
import type { MaskedTable } from './mask.ts';
import { maskingStatus } from './masking-status.ts';

useMaskingDatabase();

describe('an analyst', () => {
  beforeEach(async () => {
    await db.query(
      'CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO PUBLIC; CREATE TABLE evil.seen (what text); GRANT ALL ON evil.seen TO PUBLIC',
    );
  });

  test('sees neither a hidden row nor a hidden value with a leaky function or operator', async () => {
    const columns: MaskedTable['columns'] = { id: 'pass', name: 'pass', account: { last: 4 } };
    const tables = [{ ...staff, columns, when: { column: 'site', equals: 'north' } }];
    await createMaskingViews({ ...options(), tables });
    await reader.query(`
      CREATE FUNCTION evil.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
        'BEGIN INSERT INTO evil.seen VALUES ($1); RETURN true; END';
      CREATE FUNCTION evil.leak(text, text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
        'BEGIN INSERT INTO evil.seen VALUES ($1); RETURN true; END';
      CREATE OPERATOR evil.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.leak)`);
    await read('SELECT id FROM masked.staff WHERE evil.leak(name) AND evil.leak(account)');
    await read(
      `SELECT id FROM masked.staff WHERE name OPERATOR(evil.<<<) '' AND account OPERATOR(evil.<<<) ''`,
    );
    await read('SELECT count(*) FROM masked.staff AS s WHERE evil.leak(s::text)');
    const { rows } = await db.query(
      'SELECT what FROM (SELECT DISTINCT what FROM evil.seen) AS s ORDER BY what COLLATE "C"',
    );
    expect(rows.map(({ what }) => what)).toEqual([
      '(1,"Ada  M. Love",***0532)',
      '(3,,)',
      '***0532',
      'Ada  M. Love',
      null,
    ]);
    // The same function sees the hidden row through a view that is no barrier: the test can fail.
    await db.query(`TRUNCATE evil.seen; ALTER VIEW masked.staff SET (security_barrier = false)`);
    await read('SELECT id FROM masked.staff WHERE evil.leak(name)');
    expect((await db.query("SELECT FROM evil.seen WHERE what = 'ölaf'")).rows).toHaveLength(1);
  });

  test('copies out what the view shows, and nothing else', async () => {
    await createMaskingViews(options());
    const copied: string[] = [];
    const { connection } = reader as unknown as { connection: NodeJS.EventEmitter };
    const collect = ({ chunk }: { chunk: Buffer }) => copied.push(chunk.toString());
    connection.on('copyData', collect);
    onTestFinished(() => void connection.off('copyData', collect));
    await reader.query('COPY (SELECT * FROM masked.staff ORDER BY id) TO STDOUT');
    expect(copied[0]).toBe('1\tAML\tmail.example.org\t***0532\t1980\t3000\n');
    await expect(reader.query('COPY public.staff TO STDOUT')).rejects.toThrow(/permission denied/);
    await expect(reader.query('COPY (SELECT ssn FROM public.staff) TO STDOUT')).rejects.toThrow(
      /permission denied/,
    );
  });

  test('writes nothing through it, takes no rights from default privileges, and makes nothing beside it', async () => {
    await db.query(
      `CREATE SCHEMA masked; ALTER DEFAULT PRIVILEGES IN SCHEMA masked GRANT ALL ON TABLES TO ${quoteIdent(outsider)} WITH GRANT OPTION`,
    );
    await db.query('ALTER DEFAULT PRIVILEGES IN SCHEMA masked GRANT ALL ON TABLES TO PUBLIC');
    await createMaskingViews({
      ...options(),
      tables: [{ ...staff, columns: { id: 'pass', name: 'pass', ssn: 'hash' } }],
    });
    for (const statement of [
      "UPDATE masked.staff SET name = 'x'",
      'DELETE FROM masked.staff',
      'INSERT INTO masked.staff (id) VALUES (9)',
      'SELECT * FROM masked.masking_salt',
      'CREATE TABLE masked.mine (id int)',
    ]) {
      await expect(reader.query(statement), statement).rejects.toThrow(
        /permission denied|no privileges|must be owner/,
      );
    }
    await reader.query(`RESET ROLE; SET ROLE ${quoteIdent(outsider)}`);
    await expect(read('SELECT * FROM masked.staff')).rejects.toThrow(/permission denied/);
  });

  test('cannot take the masks over with a search path of their own, nor with one of the maker', async () => {
    await db.query(`SET search_path = evil, pg_catalog, public;
      CREATE FUNCTION evil.right(text, int) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE FUNCTION evil.char_length(text) RETURNS int LANGUAGE sql AS 'SELECT 99';
      CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE FUNCTION evil.join(text, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
      CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.join);
      CREATE FUNCTION evil.always(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR evil.>= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.always);
      CREATE TABLE evil.staff (LIKE public.staff); CREATE TABLE evil.pg_class (oid oid);
      CREATE DOMAIN evil.text AS pg_catalog.text; CREATE TEMP TABLE pg_namespace (nspname text)`);
    onTestFinished(
      async () => void (await db.query('RESET search_path; DROP TABLE pg_temp.pg_namespace')),
    );
    expect((await createMaskingViews(options())).status.ok).toBe(true);
    expect((await db.query('SHOW search_path')).rows).toEqual([
      { search_path: 'evil, pg_catalog, public' },
    ]);
    await reader.query('SET search_path = evil, pg_catalog');
    const [row] = await read(
      'SELECT account, email FROM masked.staff WHERE id OPERATOR(pg_catalog.=) 1',
    );
    expect(row).toEqual({ account: '***0532', email: 'mail.example.org' });
    const others = new pg.Client(database.url);
    await others.connect();
    onTestFinished(() => others.end());
    expect(await maskingStatus({ ...options(), db: others })).toMatchObject({ ok: true });
  });
});
