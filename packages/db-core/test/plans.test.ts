import { expect, test } from 'vitest';
import { checkPlans, formatFinding } from '../src/testing/index.ts';
import { acceptedScans } from './exceptions.ts';
import { migratedDatabase } from './migrated-database.ts';
import { queryModules } from './query-modules.ts';

// A database of this size takes its time to make on a busy machine.
const options = { timeout: 180_000 };

test('no read scans a large table in sequence, after years of use', options, async () => {
  const database = await migratedDatabase({ scale: 200 });
  const { largeTables, findings } = await checkPlans({
    connectionString: database.url,
    modules: await queryModules(),
    exceptions: acceptedScans,
  });
  await database.drop();
  expect(largeTables).toMatchInlineSnapshot(`
    [
      "public.alerts",
      "public.attendance",
      "public.billing",
      "public.child_schedules",
      "public.daily_reports",
      "public.document_reminders",
      "public.media_shares",
      "public.messages",
      "public.payroll_audit",
      "public.safety_reminder_completions",
      "public.security_logs",
      "public.session_activity",
      "public.sessions",
      "public.staff_schedules",
      "public.teacher_notes",
      "public.timesheet_entries",
      "public.user_sessions",
    ]
  `);
  expect(findings.map(formatFinding)).toEqual([]);
});
