/** Who may write to the log, who installs it, and what an owner can do that must at least be reported. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditStatus } from '../audit-status.ts';
import { disableAudit, enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';

const T = { schema: 'app', name: 't' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let admin: pg.Client;
let installer: pg.Client;
let low: pg.Client;
/** One schema a file, so that no other test has made its writer. */
let schema: string;
let roles: { installer: string; low: string };

beforeAll(async () => {
  database = await testDatabase();
  const clients = [1, 2, 3].map(() => new pg.Client(database.url)) as [
    pg.Client,
    pg.Client,
    pg.Client,
  ];
  await Promise.all(clients.map((client) => client.connect()));
  [admin, installer, low] = clients;
  schema = `a_${database.name}`;
  roles = { installer: `installer_${database.name}`, low: `low_${database.name}` };
  await admin.query(`CREATE ROLE ${roles.installer}; CREATE ROLE ${roles.low}; GRANT pg_write_all_data, pg_read_all_data TO ${roles.low};
    GRANT CREATE ON DATABASE ${database.name} TO ${roles.installer}`);
  await installer.query(`SET SESSION AUTHORIZATION ${roles.installer}`);
  await low.query(`SET SESSION AUTHORIZATION ${roles.low}`);
});

afterAll(async () => {
  await Promise.all([installer.end(), low.end()]);
  await admin.query(
    `DROP SCHEMA ${schema} CASCADE; DROP OWNED BY ${roles.installer}, ${roles.low} CASCADE; DROP OWNED BY ${schema}_writer CASCADE`,
  );
  await admin.query(`DROP ROLE ${roles.installer}, ${roles.low}, ${schema}_writer`);
  await admin.end();
  await database.drop();
});

beforeEach(async () => {
  await installer.query(
    'DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v text)',
  );
  await installer.query(`GRANT USAGE ON SCHEMA app TO ${roles.low}`);
});

async function logged(): Promise<string[]> {
  const { rows } = await admin.query(`SELECT operation FROM ${schema}.log ORDER BY id`);
  return rows.map(({ operation }) => operation);
}

describe('an installer that is no superuser', () => {
  test('and may not make roles owns the functions, which the status says', async () => {
    await installAudit(installer, { schema });
    await enableAudit(installer, T, { schema });
    await installer.query('INSERT INTO app.t VALUES (1); TRUNCATE app.t');
    expect(await logged()).toEqual(['ENABLE', 'INSERT', 'TRUNCATE']);
    const status = await auditStatus(installer, { schema });
    expect([...status.problems, ...status.tables.flatMap(({ problems }) => problems)]).toEqual([]);
    expect(status.limits).toEqual([
      `the recording functions belong to ${roles.installer}, who could write to the log, for want of a role ${schema}_writer`,
    ]);
    await disableAudit(installer, T, { schema });
  });

  test('and may make roles gives them to one that can only write the log, and cannot become it', async () => {
    await admin.query(`ALTER ROLE ${roles.installer} CREATEROLE`);
    await installAudit(installer, { schema });
    await installAudit(installer, { schema });
    for (const changed of [true, false]) {
      expect(await enableAudit(installer, T, { schema, truncate: 'copy' })).toEqual({ changed });
    }
    await installer.query(
      `INSERT INTO app.t VALUES (1, 'a'); UPDATE app.t SET v = 'b'; DELETE FROM app.t; INSERT INTO app.t VALUES (2); TRUNCATE app.t`,
    );
    expect((await logged()).slice(-6)).toEqual([
      'ENABLE',
      'INSERT',
      'UPDATE',
      'DELETE',
      'INSERT',
      'TRUNCATE',
    ]);
    const status = await auditStatus(installer, { schema });
    expect([
      ...status.problems,
      ...status.limits,
      ...status.tables.flatMap(({ problems }) => problems),
    ]).toEqual([]);
    await expect(installer.query(`SET ROLE ${schema}_writer`)).rejects.toThrow(/permission denied/);
    const { rows } = await admin.query(
      `SELECT r.rolcanlogin, has_schema_privilege(r.oid, $2, 'CREATE') AS creates,
         (SELECT array_agg(privilege ORDER BY privilege) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
          WHERE has_table_privilege(r.oid, $2 || '.log', privilege)) AS privileges
       FROM pg_roles AS r WHERE r.rolname = $1`,
      [`${schema}_writer`, schema],
    );
    expect(rows).toEqual([{ rolcanlogin: false, creates: false, privileges: ['INSERT'] }]);
    await installer.query('ALTER TABLE app.t ADD w int');
    expect(await enableAudit(installer, T, { schema })).toEqual({ changed: true });
    await disableAudit(installer, T, { schema });
    expect((await logged()).at(-1)).toBe('DISABLE');
  });
});

describe('a role with pg_write_all_data', () => {
  test('gets no row into, out of or changed in the log or a partition, whatever it sets', async () => {
    await enableAudit(installer, T, { schema });
    await installer.query('INSERT INTO app.t VALUES (1)');
    const { rows } = await admin.query(
      `SELECT relid::regclass::text AS name FROM pg_partition_tree($1)`,
      [`${schema}.log`],
    );
    for (const { name } of rows) {
      for (const attempt of [
        `INSERT INTO ${name} (schema_name, table_name, operation, login_role, id) VALUES ('a', 'b', 'INSERT', 'c', 1)`,
        `SELECT set_config('audit.erasing', pg_current_xact_id()::text, true); UPDATE ${name} SET actor = 'x'`,
        `SET LOCAL audit.has_large = 'on'; DELETE FROM ${name}`,
      ]) {
        await expect(low.query(`BEGIN; ${attempt}`), `${name}: ${attempt}`).rejects.toThrow(
          /only takes rows from its triggers|permission denied/,
        );
        await low.query('ROLLBACK');
      }
      await expect(low.query(`TRUNCATE ${name}`)).rejects.toThrow(
        /permission denied|only takes rows/,
      );
    }
    await expect(
      low.query(`SELECT ${schema}.write_note('a', 'b', 'DISABLE', '{}')`),
    ).rejects.toThrow(/permission denied/);
    await expect(low.query(`SELECT ${schema}.disable_table('app', 't')`)).rejects.toThrow(
      /permission denied/,
    );
    await low.query(
      `SET audit.has_large = 'on'; INSERT INTO app.t VALUES (2, 'small'); RESET audit.has_large`,
    );
    expect((await logged()).slice(-2)).toEqual(['INSERT', 'INSERT']);
  });
});

describe('auditStatus', () => {
  test('reports what an owner did to functions, guards, partitions and the role', async () => {
    await enableAudit(installer, T, { schema });
    const { rows } = await admin.query(`SELECT ${schema}.recorder_name('app', 't') AS name`);
    const writer = `${schema}_writer`;
    const cases: [string, string, RegExp][] = [
      [
        `ALTER FUNCTION ${schema}.${rows[0].name}() OWNER TO ${roles.installer}`,
        `ALTER FUNCTION ${schema}.${rows[0].name}() OWNER TO ${writer}`,
        /does not run as the writer/,
      ],
      [
        `CREATE OR REPLACE TRIGGER guard_insert BEFORE INSERT ON ${schema}.log WHEN (false) EXECUTE FUNCTION ${schema}.guard_log()`,
        `SELECT ${schema}.add_partitions()`,
        /guard_insert of log is missing, changed/,
      ],
      [
        `GRANT EXECUTE ON FUNCTION ${schema}.write_note TO PUBLIC`,
        `REVOKE EXECUTE ON FUNCTION ${schema}.write_note FROM PUBLIC`,
        /everybody may call write_note,/,
      ],
      [
        `ALTER TABLE ${schema}.log_default ENABLE REPLICA TRIGGER guard_delete`,
        `SELECT ${schema}.add_partitions()`,
        /guard_delete of log_default/,
      ],
      [`GRANT ${writer} TO ${roles.low}`, `REVOKE ${writer} FROM ${roles.low}`, /can become/],
      [
        `ALTER TABLE app.t DISABLE TRIGGER audit_delete`,
        `ALTER TABLE app.t ENABLE ALWAYS TRIGGER audit_delete`,
        /delete trigger is disabled/,
      ],
      [
        `ALTER TABLE app.t ENABLE REPLICA TRIGGER audit_insert`,
        `ALTER TABLE app.t ENABLE ALWAYS TRIGGER audit_insert`,
        /insert trigger is replica/,
      ],
      [`DROP FUNCTION ${schema}.seal_log(bigint)`, '', /functions are missing: seal_log/],
    ];
    for (const [harm, mend, report] of cases) {
      await admin.query(harm);
      const status = await auditStatus(admin, { schema });
      expect(
        [...status.problems, ...status.tables.flatMap(({ problems }) => problems)].join('\n'),
        harm,
      ).toMatch(report);
      if (mend !== '') await admin.query(mend);
    }
    await installAudit(admin, { schema });
    await admin.query(
      `CREATE OR REPLACE FUNCTION ${schema}.is_unchanged(relation oid, schema_name text, table_name text, signature text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'`,
    );
    expect((await auditStatus(admin, { schema })).problems).toEqual([
      'the function is_unchanged is not the one that this version installs',
    ]);
    await installAudit(admin, { schema });
    const mended = await auditStatus(admin, { schema });
    expect([...mended.problems, ...mended.tables.flatMap(({ problems }) => problems)]).toEqual([]);
  });
});

test('what a subscription applies is said not to be recorded', async () => {
  const name = `s_${database.name}`;
  await admin.query(
    `CREATE SUBSCRIPTION ${name} CONNECTION 'host=none' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
  );
  const { limits } = await auditStatus(installer, { schema });
  await admin.query(`DROP SUBSCRIPTION ${name}`);
  expect(limits).toEqual([
    'rows that subscriptions of this database apply fire no statement triggers, and are not recorded',
  ]);
});

test('enabling beside writers makes none of their statements fail', async () => {
  const writers = await Promise.all(
    [1, 2, 3].map(async () => {
      const client = new pg.Client(database.url);
      await client.connect();
      return client;
    }),
  );
  let isOn = true;
  let written = 0;
  const working = writers.map(async (client, n) => {
    for (let i = 0; isOn; i++) {
      await client.query(
        `BEGIN; INSERT INTO app.t VALUES (${n * 1e6 + i}, 'a'); UPDATE app.t SET v = 'b' WHERE id = ${n * 1e6 + i}; COMMIT`,
      );
      written++;
    }
  });
  const enabled = (async () => {
    for (const truncate of ['count', 'copy', 'refuse'] as const) {
      for (let tries = 0; ; tries++) {
        try {
          await enableAudit(admin, T, { schema, truncate });
          break;
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
    }
  })();
  await enabled.finally(() => {
    isOn = false;
  });
  await Promise.all(working);
  await Promise.all(writers.map((client) => client.end()));
  expect(written).toBeGreaterThan(0);
  await admin.query(`INSERT INTO app.t VALUES (-1)`);
  expect((await logged()).at(-1)).toBe('INSERT');
});
