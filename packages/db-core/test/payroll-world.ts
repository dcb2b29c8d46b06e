/** People who worked, and the periods that they are paid for. */
import { createPayPeriod } from '../src/queries/payroll/pay-periods.ts';
import { createStaff } from '../src/queries/staff/staff.ts';
import { updateStaffPayroll } from '../src/queries/staff/staff-payroll.ts';
import type { OpenDatabase } from './open-database.ts';

/** An entry of a timesheet: from eight o'clock on, with half an hour of break. */
export interface Work {
  /** Without the break. @default 480 */
  readonly minutes?: number;
  readonly approved?: boolean;
  /** Cents an hour. @default that of the person */
  readonly rate?: number | null;
  readonly payPeriodId?: string | null;
}

/** The day so many days behind Monday, 6 January 2031. */
export const day = (offset: number): string =>
  new Date(Date.UTC(2031, 0, 6) + offset * 86_400_000).toISOString().slice(0, 10);

/** Makes what a payroll needs. Salaries of the fixture are out of the way: they would be in each. */
export async function payrollWorld({ db, rows }: OpenDatabase) {
  await rows(`UPDATE staff SET is_active = false WHERE pay_type = 'salary'`);
  let fortnight = 0;

  /** The first of a fortnight of days, from a Monday on, that no other call has given. */
  const newFortnight = (): number => 14 * fortnight++;

  /** A period of a fortnight of its own, and its first day as an offset. */
  async function newPeriod() {
    const first = newFortnight();
    const period = await createPayPeriod(db, {
      startDate: day(first),
      endDate: day(first + 13),
      payDate: day(first + 18),
    });
    return { period, first };
  }

  /** The id of a new member of staff. */
  async function newStaff(
    pay: Parameters<typeof updateStaffPayroll>[1]['patch'] = { hourlyRate: 2000 },
  ): Promise<string> {
    const { id } = await createStaff(db, {
      firstName: 'Ada',
      lastName: 'Moss',
      position: 'Teacher',
    });
    await updateStaffPayroll(db, { id, patch: pay });
    return id;
  }

  /** The id of a new entry of that day. */
  async function work(staffId: string, offset: number, done: Work = {}): Promise<string> {
    const { minutes = 480, approved = true, rate = null, payPeriodId = null } = done;
    const [entry] = await rows(
      `INSERT INTO timesheet_entries (staff_id, date, clock_in_time, clock_out_time, break_minutes,
         is_approved, hourly_rate, pay_period_id)
       VALUES ($1, $2, $2::date + time '08:00', $2::date + time '08:30' + make_interval(mins => $3), 30,
         $4, $5, $6) RETURNING id`,
      [staffId, day(offset), minutes, approved, rate, payPeriodId],
    );
    return String(entry?.id);
  }

  return { newFortnight, newPeriod, newStaff, work };
}
