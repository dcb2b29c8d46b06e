import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { day, payrollWorld } from '../../../test/payroll-world.ts';
import { NotFoundError } from '../../errors.ts';
import { MissingPayRateError, PayPeriodFinishedError, WithholdingError } from './errors.ts';
import { createPayPeriod } from './pay-periods.ts';
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

describe('runPayroll', () => {
  test('pays approved hours by the minute, and overtime beyond 40 hours of a week half as much again', async () => {
    const { period, first } = await world.newPeriod();
    const staffId = await world.newStaff({ hourlyRate: 2000, additionalTaxWithholding: 500 });
    for (let at = 0; at < 5; at++) await world.work(staffId, first + at, { minutes: 490 });
    await world.work(staffId, first + 7, { minutes: 61, rate: 3001 });
    const {
      stubs,
      totals,
      entriesLeftOut,
      period: paid,
    } = await runPayroll(on.db, {
      payPeriodId: period.id,
      by,
    });
    // 2450 minutes in the first week: 2400 at 20.00 and 50 at 30.00; then 61 at 30.01.
    const regularPay = 80_000 + Math.round((61 * 3001) / 60);
    const grossPay = regularPay + 2500;
    const taxes = Math.round(grossPay * 0.062) + Math.round(grossPay * 0.0145) + 500;
    expect(stubs).toEqual([
      expect.objectContaining({
        staffId,
        payPeriodId: period.id,
        regularHours: 41,
        overtimeHours: 1,
        totalHours: 42,
        regularPay,
        overtimePay: 2500,
        grossPay,
        federalTax: 500,
        totalDeductions: taxes,
        netPay: grossPay - taxes,
        staff: { id: staffId, firstName: 'Ada', lastName: 'Moss', employeeNumber: null },
      }),
    ]);
    expect(totals).toEqual({ grossPay, netPay: grossPay - taxes, taxes });
    expect(entriesLeftOut).toBe(0);
    expect(paid).toMatchObject({ status: 'paid', totalGrossPay: grossPay, processedBy: by });
    expect(paid.processedAt).toBeInstanceOf(Date);
  });

  test('counts hours of the week that an earlier period paid towards the 40', async () => {
    const staffId = await world.newStaff();
    const start = world.newFortnight();
    const [early, late] = [
      await createPayPeriod(on.db, {
        startDate: day(start),
        endDate: day(start + 9),
        payDate: day(start + 9),
      }),
      await createPayPeriod(on.db, {
        startDate: day(start + 10),
        endDate: day(start + 13),
        payDate: day(start + 13),
      }),
    ];
    // Monday to Wednesday 36 hours, Thursday 8: four of these are overtime.
    for (let at = 7; at < 10; at++) await world.work(staffId, start + at, { minutes: 720 });
    await world.work(staffId, start + 10);
    await runPayroll(on.db, { payPeriodId: early.id, by });
    const { stubs } = await runPayroll(on.db, { payPeriodId: late.id, by });
    expect(stubs).toMatchObject([{ regularPay: 8000, overtimePay: 12_000, overtimeHours: 4 }]);
  });

  test('pays a salary by the period, to those who were here and are active', async () => {
    const { period } = await world.newPeriod();
    const staffId = await world.newStaff({ payType: 'salary', salaryAmount: 5_200_000 });
    const left = await world.newStaff({ payType: 'salary', salaryAmount: 5_200_000 });
    await on.rows('UPDATE staff SET is_active = false WHERE id = $1', [left]);
    const { stubs } = await runPayroll(on.db, { payPeriodId: period.id, by });
    await on.rows('UPDATE staff SET is_active = false WHERE id = $1', [staffId]);
    expect(stubs).toMatchObject([
      { staffId, regularPay: 200_000, overtimePay: 0, grossPay: 200_000 },
    ]);
  });

  test('divides a salary by the periods of a year that it is told', async () => {
    const { period } = await world.newPeriod();
    const staffId = await world.newStaff({ payType: 'salary', salaryAmount: 5_200_000 });
    const { stubs } = await runPayroll(on.db, { payPeriodId: period.id, by, periodsPerYear: 24 });
    await on.rows('UPDATE staff SET is_active = false WHERE id = $1', [staffId]);
    expect(stubs).toMatchObject([{ grossPay: 216_667 }]);
  });

  test('leaves out what is not approved, still open, of another day or of another period, and counts it', async () => {
    const { period, first } = await world.newPeriod();
    const { period: other } = await world.newPeriod();
    const staffId = await world.newStaff();
    const paid = await world.work(staffId, first + 13);
    await world.work(staffId, first, { approved: false });
    await world.work(staffId, first + 14);
    await world.work(staffId, first + 2, { payPeriodId: other.id });
    await on.rows(
      `INSERT INTO timesheet_entries (staff_id, date, clock_in_time, is_approved) VALUES ($1, $2::date, $2::date, true)`,
      [staffId, day(first + 3)],
    );
    const { stubs, entriesLeftOut } = await runPayroll(on.db, { payPeriodId: period.id, by });
    expect(stubs).toMatchObject([{ grossPay: 16_000 }]);
    expect(entriesLeftOut).toBe(2);
    const rows = await on.rows('SELECT id FROM timesheet_entries WHERE pay_period_id = $1', [
      period.id,
    ]);
    expect(rows).toEqual([{ id: paid }]);
  });

  test('pays once when it is run twice at once, and refuses the other and every later one', async () => {
    const { period, first } = await world.newPeriod();
    const staffId = await world.newStaff();
    await world.work(staffId, first);
    const runs = await Promise.allSettled(
      [1, 2, 3].map(() => runPayroll(on.db, { payPeriodId: period.id, by })),
    );
    const refused = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason] : []));
    expect(refused).toEqual([
      expect.any(PayPeriodFinishedError),
      expect.any(PayPeriodFinishedError),
    ]);
    await expect(runPayroll(on.db, { payPeriodId: period.id, by })).rejects.toThrow(
      PayPeriodFinishedError,
    );
    expect(await listPayStubs(on.db, { payPeriodId: period.id })).toHaveLength(1);
  });

  test('leaves a pay stub alone that is right already', async () => {
    const { period, first } = await world.newPeriod();
    await world.work(await world.newStaff(), first);
    const { stubs } = await runPayroll(on.db, { payPeriodId: period.id, by });
    await on.rows(`UPDATE pay_periods SET status = 'processing' WHERE id = $1`, [period.id]);
    const again = await runPayroll(on.db, { payPeriodId: period.id, by });
    expect(again.stubs).toEqual(stubs);
    const audit = await on.rows('SELECT action FROM payroll_audit WHERE record_id = $1', [
      stubs[0]?.id,
    ]);
    expect(audit).toEqual([{ action: 'insert' }]);
  });

  test('does nothing at all when somebody has no rate, and names who', async () => {
    const { period, first } = await world.newPeriod();
    const [paid, unpaid] = [await world.newStaff(), await world.newStaff({ hourlyRate: null })];
    const entries = [await world.work(paid, first), await world.work(unpaid, first)];
    const run = runPayroll(on.db, { payPeriodId: period.id, by });
    await expect(run).rejects.toThrow(MissingPayRateError);
    await expect(run).rejects.toMatchObject({ staffIds: [unpaid] });
    const rows = await on.rows(
      `SELECT (SELECT count(*)::int FROM pay_stubs WHERE pay_period_id = $1) AS stubs,
         (SELECT status FROM pay_periods WHERE id = $1) AS status,
         (SELECT count(pay_period_id)::int FROM timesheet_entries WHERE id = ANY ($2)) AS claimed`,
      [period.id, entries],
    );
    expect(rows).toEqual([{ stubs: 0, status: 'open', claimed: 0 }]);
  });

  test.each([
    ['a fraction of a cent', { federalTax: 0.5 }],
    ['less than nothing', { stateTax: -1 }],
    ['more than the pay', { otherDeductions: 16_001 }],
    ['no number', { federalTax: Number.NaN }],
  ])('refuses to withhold %s', async (_what, withheld) => {
    const { period, first } = await world.newPeriod();
    const staffId = await world.newStaff();
    await world.work(staffId, first);
    await expect(
      runPayroll(on.db, { payPeriodId: period.id, by, withhold: () => withheld }),
    ).rejects.toThrow(WithholdingError);
    expect(await listPayStubs(on.db, { payPeriodId: period.id })).toEqual([]);
  });

  test('tells the withholding what was paid earlier in the year', async () => {
    const staffId = await world.newStaff();
    const seen: number[] = [];
    for (let run = 0; run < 2; run++) {
      const { period, first } = await world.newPeriod();
      await world.work(staffId, first);
      await runPayroll(on.db, {
        payPeriodId: period.id,
        by,
        withhold: ({ yearToDateGrossPay, grossPay }) => {
          seen.push(yearToDateGrossPay, grossPay);
          return { retirement401k: 100 };
        },
      });
    }
    expect(seen).toEqual([0, 16_000, 16_000, 16_000]);
  });

  test('pays a period without any work, and knows no period under an unknown id', async () => {
    const { period } = await world.newPeriod();
    await expect(runPayroll(on.db, { payPeriodId: period.id, by })).resolves.toMatchObject({
      stubs: [],
      totals: { grossPay: 0, netPay: 0, taxes: 0 },
      period: { status: 'paid' },
    });
    await expect(runPayroll(on.db, { payPeriodId: "'; --", by })).rejects.toThrow(NotFoundError);
  });

  test('splits regular time and overtime as minute by minute counting would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 14, maxLength: 14 }),
        async (minutes) => {
          const { period, first } = await world.newPeriod();
          const staffId = await world.newStaff({ hourlyRate: 6000 });
          for (const [at, worked] of minutes.entries()) {
            await world.work(staffId, first + at, { minutes: worked });
          }
          const { stubs } = await runPayroll(on.db, { payPeriodId: period.id, by });
          const weeks = [minutes.slice(0, 7), minutes.slice(7)].map((week) =>
            week.reduce((sum, worked) => sum + worked, 0),
          );
          const overtime = weeks.reduce((sum, week) => sum + Math.max(0, week - 2400), 0);
          const regular = weeks.reduce((sum, week) => sum + Math.min(2400, week), 0);
          expect(stubs).toMatchObject([{ regularPay: regular * 100, overtimePay: overtime * 150 }]);
        },
      ),
      { numRuns: 8 },
    );
  });
});
