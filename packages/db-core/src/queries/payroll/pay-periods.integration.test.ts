import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError } from '../../errors.ts';
import { createStaff } from '../staff/staff.ts';
import { PayPeriodOverlapsError } from './errors.ts';
import { createPayPeriod, currentPayPeriod, listPayPeriods } from './pay-periods.ts';
import { listPayStubs, payStub, ytd } from './read-pay-stubs.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

describe('createPayPeriod', () => {
  test('refuses days that another period has, also when two come at once', async () => {
    const input = { startDate: '2031-01-06', endDate: '2031-01-19', payDate: '2031-01-24' };
    const calls = await Promise.allSettled([
      createPayPeriod(on.db, input),
      createPayPeriod(on.db, input),
    ]);
    expect(calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual([
      expect.any(PayPeriodOverlapsError),
    ]);
    await expect(createPayPeriod(on.db, { ...input, startDate: input.endDate })).rejects.toThrow(
      PayPeriodOverlapsError,
    );
  });

  test('refuses an end before the start and a day that is none', async () => {
    const input = { startDate: '2029-02-01', endDate: '2029-01-31', payDate: '2029-02-02' };
    await expect(createPayPeriod(on.db, input)).rejects.toThrow(InvalidInputError);
    await expect(createPayPeriod(on.db, { ...input, endDate: '2029-02-30' })).rejects.toThrow(
      InvalidInputError,
    );
  });
});

describe('listPayPeriods and currentPayPeriod', () => {
  test('lists every period once, latest first', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listPayPeriods(on.db, { limit: 4, cursor });
      ids.push(...page.items.map((period) => period.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const rows = await on.rows('SELECT id FROM pay_periods ORDER BY start_date DESC, id DESC');
    expect(ids).toEqual(rows.map((row) => row.id));
  });

  test('finds the open period of the day, to its last day, before a later one', async () => {
    const period = { startDate: '2032-01-05', endDate: '2032-01-18', payDate: '2032-01-23' };
    await createPayPeriod(on.db, period);
    await createPayPeriod(on.db, {
      startDate: '2032-01-19',
      endDate: '2032-02-01',
      payDate: '2032-02-06',
    });
    expect(await currentPayPeriod(on.db, { day: '2032-01-18' })).toMatchObject(period);
    expect(await currentPayPeriod(on.db, { day: '2032-01-19' })).toMatchObject({
      startDate: '2032-01-19',
    });
    expect(await currentPayPeriod(on.db, { day: '2040-01-01' })).toMatchObject({
      startDate: '2032-01-19',
    });
  });
});

describe('payStub and ytd', () => {
  test('sum what was paid in the year of the pay date, and nothing that is not paid', async () => {
    const staff = { firstName: 'Ada', lastName: 'Moss', position: 'Teacher' };
    const { id: staffId } = await createStaff(on.db, staff);
    const periods = await on.rows(
      `INSERT INTO pay_periods (start_date, end_date, pay_date, status) VALUES
        ('2027-12-13', '2027-12-26', '2027-12-31', 'paid'), ('2027-12-27', '2028-01-09', '2028-01-01', 'closed'),
        ('2028-12-11', '2028-12-24', '2028-12-31', 'paid'), ('2028-12-25', '2029-01-07', '2029-01-01', 'paid'),
        ('2028-06-01', '2028-06-14', '2028-06-20', 'open') RETURNING id`,
    );
    for (const [at, { id }] of periods.entries()) {
      await on.rows(
        'INSERT INTO pay_stubs (staff_id, pay_period_id, gross_pay, net_pay) VALUES ($1, $2, $3, $3)',
        [staffId, id, 10 ** at],
      );
    }
    expect(await ytd(on.db, { staffId, year: 2028 })).toMatchObject({
      payStubs: 2,
      grossPay: 110,
      netPay: 110,
      federalTax: 0,
    });
    expect(await ytd(on.db, { staffId: 'nobody', year: 2028 })).toMatchObject({
      payStubs: 0,
      grossPay: 0,
    });
    const [stub] = await listPayStubs(on.db, { payPeriodId: String(periods[1]?.id) });
    expect(await payStub(on.db, { id: stub?.id ?? '' })).toMatchObject({
      grossPay: 10,
      staff: { id: staffId },
      period: { startDate: '2027-12-27', payDate: '2028-01-01', status: 'closed' },
    });
    expect(await payStub(on.db, { id: 'nothing' })).toBeNull();
  });
});
