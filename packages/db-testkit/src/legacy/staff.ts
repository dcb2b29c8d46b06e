import { email, GIVEN, phone, SURNAMES } from './words.ts';
import { dayAgo, daysAgo, type LegacyTable } from './world.ts';

export const staff: LegacyTable = {
  name: 'staff',
  rows: 10,
  growth: 'people',
  row({ index, role, id, random }) {
    const first = random.pick(GIVEN);
    const last = random.pick(SURNAMES);
    const address = email(first, last, `s${index}`);
    return {
      id,
      first_name: first,
      last_name: last,
      email: role === 9 ? null : role === 4 ? `${address} ` : address,
      phone: role === 8 ? null : phone(random),
      position: role === 0 ? 'Director' : random.pick(['Lead Teacher', 'Assistant', 'teacher']),
      is_active: role !== 7,
      created_at: daysAgo(90 - role, 480),
      employee_number: role < 6 ? `EMP${String(index + 1).padStart(3, '0')}` : null,
      hourly_rate: role === 0 ? null : random.int(1400, 2600),
      salary_amount: role === 0 ? 5_200_000 : null,
      pay_type: role === 0 ? 'salary' : 'hourly',
      tax_filing_status: random.pick(['single', 'married_jointly', 'head_of_household']),
      direct_deposit_account: role < 2 ? `00${random.int(10_000_000, 99_999_999)}` : null,
      direct_deposit_routing: role < 2 ? '000000000' : null,
    };
  },
};

export const staffSchedules: LegacyTable = {
  name: 'staff_schedules',
  rows: 1,
  row: ({ id }, world) => ({
    id,
    staff_id: world.id(staff, 1),
    room: 'Acorns',
    scheduled_start: daysAgo(1, 480),
    scheduled_end: daysAgo(1, 960),
    date: daysAgo(1),
    is_present: false,
    created_at: daysAgo(4, 700),
    approved_by: null,
  }),
};

export const payPeriods: LegacyTable = {
  name: 'pay_periods',
  rows: 3,
  row: ({ id, role }) => ({
    id,
    start_date: dayAgo(13 + 14 * role),
    end_date: dayAgo(14 * role),
    pay_date: dayAgo(14 * role - 5),
    status: role === 0 ? 'open' : 'paid',
    total_gross_pay: role === 1 ? 164_000 : 0,
    total_net_pay: role === 1 ? 128_740 : 0,
    total_taxes: role === 1 ? 35_260 : 0,
    created_at: daysAgo(14 + 14 * role, 600),
    updated_at: daysAgo(14 * role, 600),
  }),
};

export const payStubs: LegacyTable = {
  name: 'pay_stubs',
  rows: 1,
  row: ({ id }, world) => ({
    id,
    staff_id: world.id(staff, 1),
    pay_period_id: world.id(payPeriods, 1),
    regular_hours: 80,
    total_hours: 80,
    regular_pay: 164_000,
    gross_pay: 164_000,
    federal_tax: 22_714,
    social_security_tax: 10_168,
    medicare_tax: 2378,
    total_deductions: 35_260,
    net_pay: 128_740,
    created_at: daysAgo(13, 610),
    updated_at: daysAgo(13, 610),
  }),
};

export const timesheetEntries: LegacyTable = {
  name: 'timesheet_entries',
  rows: 2,
  row: ({ id, role }, world) => ({
    id,
    staff_id: world.id(staff, 1 + role),
    pay_period_id: role === 0 ? world.id(payPeriods, 1) : null,
    date: dayAgo(16 - 14 * role),
    clock_in_time: daysAgo(16 - 14 * role, 475),
    // The second was never clocked out.
    clock_out_time: role === 0 ? daysAgo(16, 970) : null,
    break_minutes: 30,
    total_hours: role === 0 ? 8 : 0,
    hourly_rate: 2050,
    is_approved: role === 0,
    approved_by: role === 0 ? 'admin' : null,
    approved_at: role === 0 ? daysAgo(13, 600) : null,
    created_at: daysAgo(16 - 14 * role, 475),
    updated_at: daysAgo(13 - 11 * role, 600),
  }),
};
