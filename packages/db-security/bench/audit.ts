/**
 * What auditing costs a writer: nothing, the row-level jsonb trigger found in most projects, and ours, on one table of 12
 * columns. What is compared is the processor time of the server process that writes, which the machine's other work
 * disturbs least, and what is quoted is the overhead over no trigger as a ratio to that of the plain trigger of the same
 * round. Everything that ours does is in it: key, changed values, salt and content hash of each row. `bare` is the floor:
 * a statement trigger that writes no more than the key into our log. supa_audit runs too where its SQL file is given.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinaries, startPostgres } from '@tothub/db-testkit';
import pg from 'pg';
import { enableAudit, installAudit } from '../src/index.ts';
import { AUDIT_BENCH_SCHEMA, BARE_AUDIT } from './audit-schema.ts';

const WRITERS = ['none', 'plain', 'compact', 'full', 'bare', 'supa_audit'] as const;
type Writer = (typeof WRITERS)[number];
type Work = 'INSERT' | 'UPDATE' | 'one UPDATE';

interface Cost {
  readonly micros: number;
  readonly bytes?: number;
}

/** The table of overheads on every major version at hand, as Markdown. */
export async function benchAudit({
  quick,
  supaAudit,
}: {
  readonly quick: boolean;
  /** The SQL file that installs supa_audit. */
  readonly supaAudit?: string | undefined;
}): Promise<string> {
  const rows = quick ? 2_000 : 100_000;
  const rounds = quick ? 1 : 3;
  const lines: string[] = [];
  const majors = [15, 18].filter((major) => findBinaries(major).length > 0);
  for (const major of majors) {
    const server = await startPostgres({
      major,
      settings: { shared_buffers: '1GB', max_wal_size: '16GB' },
    });
    try {
      const url = await server.createDatabase('audit_bench');
      const db = new pg.Client(url);
      await db.connect();
      try {
        await db.query(AUDIT_BENCH_SCHEMA);
        await db.query('INSERT INTO source SELECT * FROM made($1)', [rows]);
        const peer = supaAudit === undefined ? undefined : await peerSql(db, supaAudit);
        const costs: Round[] = [];
        for (let round = 0; round < rounds; round++)
          costs.push(await oneRound(db, url, rows, quick, peer));
        lines.push(...linesOf(major, costs));
      } finally {
        await db.end();
      }
    } finally {
      await server.stop();
    }
  }
  const section = [
    '### Audit: what a write costs',
    '',
    `${rows.toLocaleString('en')} rows of 12 columns in one statement, of which UPDATE changes 2 (an integer and a timestamp); single rows through ` +
      '`pgbench -M prepared`. Microseconds of server CPU and bytes of log a row; the ratio is the overhead over no trigger, relative to the plain row-level jsonb trigger with an index on table and key. `bare` logs the key and neither values nor hash.',
    '',
    '| PostgreSQL | | none | plain | ours | ratio | full | ratio | bare | ratio | supa_audit | ours of it | bytes plain | ours | full |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
  ].join('\n');
  console.log(`\n${section}`);
  return section;
}

type Round = Partial<Record<Writer, Record<Work, Cost>>>;

/** The file's SQL, for a database that has what it calls; undefined where the server lacks the extension. */
async function peerSql(db: pg.Client, file: string): Promise<string | undefined> {
  const { rowCount } = await db.query(
    `SELECT FROM pg_available_extensions WHERE name = 'uuid-ossp'`,
  );
  if (rowCount === 0) return undefined;
  await db.query('CREATE EXTENSION "uuid-ossp"');
  return readFileSync(file, 'utf8');
}

async function oneRound(
  db: pg.Client,
  url: string,
  rows: number,
  quick: boolean,
  peer: string | undefined,
): Promise<Round> {
  const costs: Round = {};
  for (const writer of WRITERS) {
    if (writer === 'supa_audit' && peer === undefined) continue;
    await fresh(db, writer, peer);
    const insert = await measured(db, rows, `INSERT INTO ${quoted(writer)} SELECT * FROM source`);
    await fresh(db, writer, peer, true);
    const update = await measured(
      db,
      rows,
      `UPDATE ${quoted(writer)} SET room = room + 1, updated_at = clock_timestamp()`,
    );
    costs[writer] = {
      INSERT: insert,
      UPDATE: update,
      'one UPDATE': await single(db, url, writer, rows, quick ? 1_000 : 8_000),
    };
  }
  return costs;
}

/** The table and its log as new, the table filled without being recorded where it is to be updated. */
async function fresh(
  db: pg.Client,
  writer: Writer,
  peer: string | undefined,
  isFilled = false,
): Promise<void> {
  await db.query(`DROP SCHEMA IF EXISTS audit CASCADE; TRUNCATE ${quoted(writer)}, plain_log`);
  if (isFilled) {
    await db.query(
      `ALTER TABLE ${quoted(writer)} DISABLE TRIGGER USER; INSERT INTO ${quoted(writer)} SELECT * FROM source; ALTER TABLE ${quoted(writer)} ENABLE TRIGGER USER`,
    );
  }
  if (writer === 'compact' || writer === 'full') {
    await installAudit(db);
    await enableAudit(db, { schema: 'public', name: writer }, { mode: writer });
  } else if (writer === 'bare') {
    await installAudit(db);
    await db.query(BARE_AUDIT);
  } else if (writer === 'supa_audit') {
    await db.query(`${peer}; SELECT audit.enable_tracking('public.supa_audit')`);
  }
}

async function measured(db: pg.Client, rows: number, statement: string): Promise<Cost> {
  const process = (await db.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const before = cpuMicros(process) ?? Number.NaN;
  await db.query(statement);
  const micros = ((cpuMicros(process) ?? Number.NaN) - before) / rows;
  const { rows: sizes } = await db.query(
    `SELECT (pg_total_relation_size('plain_log') + coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(to_regclass('audit.log'))), 0))::float8 AS bytes`,
  );
  return { micros, bytes: sizes[0].bytes / rows };
}

/** CPU of one process so far; undefined once it has ended. */
function cpuMicros(process: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${process}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  } catch {
    return undefined;
  }
}

/** One row a transaction through pgbench. Its server process is looked at until it has ended. */
async function single(
  db: pg.Client,
  url: string,
  writer: Writer,
  rows: number,
  count: number,
): Promise<Cost> {
  const pgbench = ['/usr/lib/postgresql/15/bin/pgbench', '/usr/bin/pgbench'].find((path) =>
    existsSync(path),
  );
  if (pgbench === undefined) return { micros: Number.NaN };
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  try {
    const script = join(folder, 'update.sql');
    writeFileSync(
      script,
      `\\set id random(1, ${rows})\nUPDATE ${quoted(writer)} SET room = room + 1, updated_at = clock_timestamp() WHERE id = :id;\n`,
    );
    const flags = ['-n', '-M', 'prepared', '-c', '1', '-t', String(count), '-f', script, url];
    let hasEnded = false;
    const running = promisify(execFile)(pgbench, flags).finally(() => {
      hasEnded = true;
    });
    let micros = Number.NaN;
    while (!hasEnded) {
      const { rows: found } = await db.query(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench' AND query LIKE 'UPDATE%'`,
      );
      for (let seen = found[0] && cpuMicros(found[0].pid); seen !== undefined; ) {
        micros = seen;
        await sleep(5);
        seen = cpuMicros(found[0].pid);
      }
    }
    await running;
    return { micros: micros / count };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function linesOf(major: number, rounds: readonly Round[]): string[] {
  return (['INSERT', 'UPDATE', 'one UPDATE'] as const).map((work) => {
    const cost = (round: Round, writer: Writer) => round[writer]?.[work].micros ?? Number.NaN;
    const micros = (writer: Writer) =>
      shown(
        rounds.map((round) => cost(round, writer)),
        1,
      );
    const ratio = (writer: Writer, to: Writer) =>
      shown(
        rounds.map((round) => {
          const none = cost(round, 'none');
          return (cost(round, writer) - none) / (cost(round, to) - none);
        }),
        2,
      );
    const bytes = (writer: Writer) => rounds[0]?.[writer]?.[work].bytes?.toFixed(0) ?? '';
    return `| ${[
      major,
      work,
      micros('none'),
      micros('plain'),
      ...(['compact', 'full', 'bare'] as const).flatMap((writer) => [
        micros(writer),
        ratio(writer, 'plain'),
      ]),
      micros('supa_audit'),
      ratio('compact', 'supa_audit'),
      ...(['plain', 'compact', 'full'] as const).map(bytes),
    ].join(' | ')} |`;
  });
}

/** The median; nothing where it was not measured. */
function shown(values: readonly number[], digits: number): string {
  const middle = median(values);
  return Number.isNaN(middle) ? '' : middle.toFixed(digits);
}

const quoted = (writer: Writer): string => `"${writer}"`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
