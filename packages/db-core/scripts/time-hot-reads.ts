/**
 * Times the questions that the server asks on most requests, on the legacy fixture after all migrations and years of use
 * (scale 200), and prints a Markdown table. Time is what the caller waits: connection from the pool, statement,
 * validation of the rows.
 */
import { fileURLToPath } from 'node:url';
import { createMigrator } from '@tothub/db-migrate';
import { loadLegacyFixture, startPostgres } from '@tothub/db-testkit';
import pg from 'pg';
import * as core from '../src/index.ts';
import { grow } from '../test/grow.ts';

const ROUNDS = 200;
const directory = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** Whom the questions are about: such as have many rows. */
interface Subjects {
  readonly child: string;
  readonly parent: string;
  readonly email: string;
  readonly staff: string;
  readonly session: string;
  readonly login: string;
  readonly device: string;
}

const SUBJECTS = `
  SELECT (SELECT min(child_id) FROM public.attendance) AS child,
    (SELECT min(parent_id) FROM public.child_guardians) AS parent,
    (SELECT min(email) FROM public.parents) AS email,
    (SELECT min(staff_id) FROM public.timesheet_entries) AS staff,
    (SELECT min(session_id) FROM public.session_activity) AS session,
    (SELECT min(id) FROM public.sessions WHERE is_active) AS login,
    (SELECT min(device_id) FROM public.security_logs) AS device`;

const hotReads = (
  db: core.ReadDatabase,
  about: Subjects,
): Readonly<Record<string, () => Promise<unknown>>> => ({
  getChild: () => core.getChild(db, { id: about.child }),
  getChildWithParents: () => core.getChildWithParents(db, { id: about.child }),
  listActiveChildren: () => core.listActiveChildren(db, {}),
  listChildrenOfParent: () => core.listChildrenOfParent(db, { parentId: about.parent }),
  getParentByEmail: () => core.getParentByEmail(db, { email: about.email }),
  listPresent: () => core.listPresent(db, { day: '2025-08-10' }),
  listAttendance: () => core.listAttendance(db, { from: '2025-08-01', to: '2025-09-01' }),
  roomOccupancy: () => core.roomOccupancy(db, { day: '2025-08-10' }),
  listActiveStaff: () => core.listActiveStaff(db, {}),
  listTimesheets: () =>
    core.listTimesheets(db, { staffId: about.staff, from: '2025-01-01', to: '2025-09-01' }),
  listUnreadAlerts: () => core.listUnreadAlerts(db, {}),
  listInbox: () => core.listInbox(db, { recipient: { type: 'parent', id: about.parent } }),
  getActiveSession: () => core.getActiveSession(db, { id: about.login }),
  listActivity: () => core.listActivity(db, { sessionId: about.session }),
  listSecurityLogs: () => core.listSecurityLogs(db, { deviceId: about.device }),
});

function rowCount(answer: unknown): number {
  if (Array.isArray(answer)) return answer.length;
  if (typeof answer === 'object' && answer !== null && 'items' in answer) {
    return (answer.items as readonly unknown[]).length;
  }
  return answer === null ? 0 : 1;
}

async function subjectsOf(url: string): Promise<Subjects> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Subjects>(SUBJECTS);
  await client.end();
  return rows[0] as Subjects;
}

async function timeReads(url: string): Promise<string[]> {
  const db = await core.createDatabase({ connectionString: url });
  const lines: string[] = [];
  for (const [name, ask] of Object.entries(hotReads(db, await subjectsOf(url)))) {
    const times: number[] = [];
    let answer: unknown;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      answer = await ask();
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const [best, median] = [times[0] ?? 0, times[ROUNDS / 2] ?? 0];
    lines.push(
      `| \`${name}\` | ${rowCount(answer)} | ${best.toFixed(2)} ms | ${median.toFixed(2)} ms |`,
    );
  }
  await db.close();
  return lines;
}

const server = await startPostgres();
try {
  const url = await server.createDatabase('hot');
  await loadLegacyFixture(url);
  const migrator = createMigrator({ connectionString: url, directory });
  await migrator.baseline({ through: '0001' });
  await migrator.up();
  await grow(url, 200);
  const table = ['| Read | Rows | Quickest | Median |', '| --- | --- | --- | --- |'];
  process.stdout.write(`${[...table, ...(await timeReads(url))].join('\n')}\n`);
} finally {
  await server.stop();
}
