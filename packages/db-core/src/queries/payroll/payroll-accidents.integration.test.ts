/** Payroll that is disturbed: killed, undone, begun by other code, or over rows that should not be there. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { payrollWorld } from '../../../test/payroll-world.ts';
import { ServerUnavailableError } from '../../errors.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { DuplicatePayStubsError } from './errors.ts';
import { listPayStubs } from './read-pay-stubs.ts';
import { runPayroll } from './run-payroll.ts';

let on: OpenDatabase;
let world: Awaited<ReturnType<typeof payrollWorld>>;

beforeAll(async () => {
  on = await openMigrated();
  world = await payrollWorld(on);
});
afterAll(() => on?.close());

const by = 'admin';

test('leaves nothing behind when its connection is killed midway, and can be run again', async () => {
  const { period, first } = await world.newPeriod();
  const entry = await world.work(await world.newStaff(), first);
  await on.rows('BEGIN');
  await on.rows('SELECT FROM timesheet_entries WHERE id = $1 FOR UPDATE', [entry]);
  const run = expect(runPayroll(on.db, { payPeriodId: period.id, by })).rejects.toThrow(
    ServerUnavailableError,
  );
  let killed = 0;
  while (killed === 0) {
    await setTimeout(5);
    const rows = await on.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    killed = rows.length;
  }
  await run;
  await on.rows('ROLLBACK');
  const [row] = await on.rows('SELECT status FROM pay_periods WHERE id = $1', [period.id]);
  expect(row).toEqual({ status: 'open' });
  await expect(runPayroll(on.db, { payPeriodId: period.id, by })).resolves.toMatchObject({
    totals: { grossPay: 16_000 },
  });
});

test('is undone with the transaction around it', async () => {
  const { period, first } = await world.newPeriod();
  await world.work(await world.newStaff(), first);
  const stop = new Error('stop');
  const whole = withTransaction(on.db, {}, async (tx) => {
    await runPayroll(tx, { payPeriodId: period.id, by });
    throw stop;
  });
  await expect(whole).rejects.toBe(stop);
  expect(await listPayStubs(on.db, { payPeriodId: period.id })).toEqual([]);
  await expect(runPayroll(on.db, { payPeriodId: period.id, by })).resolves.toMatchObject({
    totals: { grossPay: 16_000 },
  });
});

test('refuses a period in which somebody has two pay stubs from before the database forbade it', async () => {
  const { period } = await world.newPeriod();
  const staffId = await world.newStaff();
  await on.rows('DROP INDEX pay_stubs_staff_id_pay_period_id_key');
  await on.rows('INSERT INTO pay_stubs (staff_id, pay_period_id) VALUES ($1, $2), ($1, $2)', [
    staffId,
    period.id,
  ]);
  const run = runPayroll(on.db, { payPeriodId: period.id, by });
  await expect(run).rejects.toThrow(DuplicatePayStubsError);
  await on.rows('DELETE FROM pay_stubs WHERE pay_period_id = $1', [period.id]);
  await on.rows(
    'CREATE UNIQUE INDEX pay_stubs_staff_id_pay_period_id_key ON pay_stubs (staff_id, pay_period_id)',
  );
});

test('completes a run that other code left half done, and writes every change into the audit', async () => {
  const { period, first } = await world.newPeriod();
  const [one, two] = [await world.newStaff(), await world.newStaff()];
  await world.work(one, first);
  await world.work(two, first);
  const half = await on.rows(
    `WITH p AS (UPDATE pay_periods SET status = 'processing' WHERE id = $2)
     INSERT INTO pay_stubs (staff_id, pay_period_id, gross_pay) VALUES ($1, $2, 1) RETURNING id`,
    [one, period.id],
  );
  const { stubs } = await runPayroll(on.db, { payPeriodId: period.id, by: 'staff-unknown' });
  expect(stubs.map((stub) => stub.grossPay)).toEqual([16_000, 16_000]);
  expect(stubs.map((stub) => stub.id)).toContain(half[0]?.id);
  const rows = await on.rows(
    `SELECT table_name, action, old_values->>'gross_pay' AS old_gross, old_values->>'status' AS old_status,
       new_values->>'gross_pay' AS gross, new_values->>'status' AS status, performed_by
     FROM payroll_audit WHERE record_id = ANY ($1) ORDER BY table_name, action`,
    [[period.id, ...stubs.map((stub) => stub.id)]],
  );
  const common = { performed_by: 'staff-unknown' };
  expect(rows).toEqual([
    {
      ...common,
      table_name: 'pay_periods',
      action: 'update',
      old_gross: null,
      gross: null,
      old_status: 'processing',
      status: 'paid',
    },
    {
      ...common,
      table_name: 'pay_stubs',
      action: 'insert',
      old_gross: null,
      gross: '16000',
      old_status: null,
      status: null,
    },
    {
      ...common,
      table_name: 'pay_stubs',
      action: 'update',
      old_gross: '1',
      gross: '16000',
      old_status: null,
      status: null,
    },
  ]);
});
