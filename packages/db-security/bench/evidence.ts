/**
 * The tamper evidence of the audit log: how fast entries are sealed and verified, and what a seal costs in space. The
 * entries are those of a real table of 12 columns of which 2 are updated. Processor time is that of the server process,
 * which the machine's other work disturbs least.
 */
import { readFileSync } from 'node:fs';
import { findBinaries, startPostgres } from '@tothub/db-testkit';
import pg from 'pg';
import { enableAudit, installAudit, sealAudit, verifyAudit } from '../src/index.ts';

/** /proc counts in hundredths of a second. */
const TICK_MS = 10;

interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
}

/** The table of sealing and verifying on every major version at hand, as Markdown. */
export async function benchEvidence({ quick }: { readonly quick: boolean }): Promise<string> {
  const entries = quick ? 2_000 : 200_000;
  const majors = [15, 18].filter((major) => findBinaries(major).length > 0);
  const lines: string[] = [];
  for (const major of majors) {
    const server = await startPostgres({ major, settings: { shared_buffers: '512MB' } });
    try {
      const db = new pg.Client(await server.createDatabase('evidence'));
      await db.connect();
      try {
        lines.push(...(await rowsOf(db, major, entries)));
      } finally {
        await db.end();
      }
    } finally {
      await server.stop();
    }
  }
  const section = [
    '### Audit: tamper evidence',
    '',
    `${entries.toLocaleString('en')} entries of UPDATE (2 of 12 columns), one server process, a tenth of the ids lost to rollbacks in "with gaps".`,
    '',
    '| PostgreSQL | | entries/s | entries per second of CPU |',
    '|---|---|--:|--:|',
    ...lines,
  ].join('\n');
  console.log(`\n${section}`);
  return section;
}

async function rowsOf(db: pg.Client, major: number, entries: number): Promise<string[]> {
  await installAudit(db);
  await db.query(`CREATE TABLE children (id bigint PRIMARY KEY, first_name text, last_name text, nickname text, contact text, note text,
    details jsonb, born date, fee numeric(8, 2), active boolean, created_at timestamptz, updated_at timestamptz)`);
  await db.query(
    `INSERT INTO children SELECT n, 'Anna', 'Berg', 'An', 'berg@example.org', repeat('x', 80), '{"allergies": ["nuts"], "contact": "phone"}',
     '2021-05-04', 12.50, true, now(), now() FROM generate_series(1, $1) AS n`,
    [entries],
  );
  await enableAudit(db, { schema: 'public', name: 'children' });
  await db.query(`UPDATE children SET note = repeat('y', 80), updated_at = clock_timestamp()`);
  await db.query('VACUUM ANALYZE');
  const seal = await timed(db, () => sealAudit(db));
  const verify = await timed(db, () => verifyAudit(db));
  const size = await db.query(
    `SELECT (pg_total_relation_size('audit.seal') + pg_total_relation_size('audit.seal_mark'))::float8 / count(*) AS bytes FROM audit.log`,
  );
  const idle = await timed(db, () => sealAudit(db));
  await db.query(`DO $$ BEGIN FOR i IN 1..${Math.ceil(entries / 100)} LOOP
    UPDATE children SET note = note || 'z' WHERE id BETWEEN i * 10 - 9 AND i * 10;
    IF i % 10 = 0 THEN ROLLBACK; ELSE COMMIT; END IF; END LOOP; END $$`);
  const { result: gaps, ...sealGaps } = await timed(db, () => sealAudit(db));
  const { result: checked, ...verifyAll } = await timed(db, () => verifyAudit(db));
  if (!checked.ok) throw new Error('The log of the bench does not verify.');
  const line = (name: string, count: number, { ms, cpuMs }: Timed) =>
    `| ${major} | ${name} | ${rate(count, ms)} | ${rate(count, cpuMs)} |`;
  return [
    line('sealing', entries, seal),
    line('verifying', entries, verify),
    line('sealing, with gaps', gaps.entries, sealGaps),
    line('verifying all', checked.sealed, verifyAll),
    `| ${major} | sealing when there is nothing new: ${idle.ms.toFixed(1)} ms; the seals take ${size.rows[0].bytes.toFixed(2)} bytes an entry | | |`,
  ];
}

function rate(count: number, ms: number): string {
  return ms === 0 ? '–' : Math.round((count / ms) * 1_000).toLocaleString('en');
}

async function timed<T>(db: pg.Client, work: () => Promise<T>): Promise<Timed & { result: T }> {
  const { rows } = await db.query('SELECT pg_backend_pid() AS pid');
  const cpu = () => {
    const fields =
      readFileSync(`/proc/${rows[0].pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  };
  const [began, cpuBegan] = [performance.now(), cpu()];
  const result = await work();
  return { result, ms: performance.now() - began, cpuMs: cpu() - cpuBegan };
}
