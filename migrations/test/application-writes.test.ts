import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrated, type OpenDatabase } from './support/database.ts';
import { addChild, addDevice, addStaff, insert } from './support/rows.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await migrated();
  const { client } = database;
  await addChild(client, 'child');
  await addStaff(client, 'staff');
  await addDevice(client, 'device');
  await insert(client, 'document_types', {
    id: 'type',
    name: 'Licence',
    category: 'license',
    renewal_frequency: 'yearly',
  });
  await insert(client, 'documents', { id: 'document', ...document });
});
afterAll(() => database[Symbol.asyncDispose]());

const day = '2026-03-02';
const moment = '2026-03-02 08:00:00';
const document = {
  document_type_id: 'type',
  title: 'Licence',
  issue_date: day,
  expiration_date: '2027-03-02',
  created_by: 'admin',
};
const period = { start_date: day, end_date: '2026-03-15', pay_date: '2026-03-20' };

/** A row of each table as the application writes it, and every value it writes into its closed columns. */
const writes: Readonly<
  Record<string, { row: Record<string, unknown>; closed: Record<string, string> }>
> = {
  alerts: {
    row: { type: 'ratio', message: 'Too few adults', severity: 'low' },
    closed: { severity: 'info,low,medium,warning,high,critical,HIGH' },
  },
  billing: {
    row: {
      child_id: 'child',
      period_start: day,
      period_end: day,
      attendance_days: 1,
      tuition_amount: 1,
      total_amount: 1,
      due_date: day,
    },
    closed: { status: 'pending,sent,paid,overdue' },
  },
  children: {
    row: {
      first_name: 'Given',
      last_name: 'Family',
      date_of_birth: day,
      age_group: 'infant',
      room: 'Acorns',
      parent_name: 'Typed',
      subscription_status: 'incomplete_expired',
    },
    closed: {
      enrollment_status: 'enrolled,unenrolled,aged_out',
      blood_type: 'A+,A-,B+,B-,AB+,AB-,O+,O-',
    },
  },
  document_types: {
    row: { name: 'Kind', category: 'legal', renewal_frequency: 'custom' },
    closed: {
      category: 'insurance,license,certification,legal',
      renewal_frequency: 'yearly,quarterly,biannual,custom',
    },
  },
  documents: { row: document, closed: { status: 'active,expired,pending_renewal,suspended' } },
  document_reminders: {
    row: { document_id: 'document', reminder_type: 'overdue', reminder_date: day, message: 'm' },
    closed: {
      reminder_type: 'expiration_warning,renewal_required,overdue',
      priority: 'low,medium,high,critical',
    },
  },
  pay_periods: { row: period, closed: { status: 'open,processing,paid,closed' } },
  safety_reminders: {
    row: {
      title: 'Drill',
      category: 'drills',
      frequency: 'monthly',
      next_due_date: day,
      created_by: 'system',
    },
    closed: {
      category: 'fire_safety,equipment,drills,maintenance,inspection',
      priority: 'low,medium,high,critical',
      frequency: 'daily,weekly,monthly,quarterly,yearly,custom',
    },
  },
  security_credentials: {
    row: {
      user_id: 'parent_001',
      device_id: 'device',
      credential_type: 'pin',
      credential_data: 'x',
    },
    closed: { credential_type: 'pin,rfid,biometric,mobile' },
  },
  security_devices: {
    row: {
      name: 'Door',
      type: 'keypad',
      location: 'Entrance',
      connection_type: 'network',
      connection_config: '{}',
    },
    closed: {
      type: 'keypad,rfid,biometric,mobile,intercom,magnetic',
      connection_type: 'serial,network,bluetooth,gpio',
      fail_safe_mode: 'secure,unlock',
      status: 'online,offline,error',
    },
  },
  security_logs: {
    row: { device_id: 'device', action: 'unlock', success: true, user_id: 'nobody knows' },
    closed: {
      action: 'unlock,lock,attempt_failed,system_error,system_connect,system_update',
      method: 'pin,rfid,biometric,mobile,manual,remote,emergency',
    },
  },
  sessions: {
    row: { id: '', user_id: '1', username: 'u', role: 'staff' },
    closed: { role: 'director,teacher,staff,parent', end_reason: 'logout,expired,forced' },
  },
  staff: {
    row: { first_name: 'Given', last_name: 'Family', position: 'Anything at all' },
    closed: {
      pay_type: 'hourly,salary',
      tax_filing_status: 'single,married_jointly,married_separately,head_of_household',
    },
  },
  staff_schedules: {
    row: {
      staff_id: 'staff',
      room: 'Acorns',
      scheduled_start: moment,
      scheduled_end: moment,
      date: day,
    },
    closed: {
      schedule_type: 'regular,substitute,overtime,training',
      status: 'scheduled,confirmed,cancelled,completed',
    },
  },
  child_schedules: {
    row: {
      child_id: 'child',
      room: 'Acorns',
      date: day,
      scheduled_arrival: moment,
      scheduled_departure: moment,
    },
    closed: {
      schedule_type: 'regular,parttime,dropin,field_trip',
      status: 'scheduled,confirmed,cancelled,completed',
    },
  },
  messages: {
    row: { sender_id: 'staff', recipient_type: 'broadcast', content: 'Hello' },
    closed: { recipient_type: 'parent,staff,broadcast', priority: 'low,normal,high,urgent' },
  },
  media_shares: {
    row: { child_id: 'child', staff_id: 'staff', media_url: '/m', media_type: 'photo' },
    closed: { media_type: 'photo,video' },
  },
  daily_reports: {
    row: { child_id: 'child', date: day, attendance_status: 'present' },
    closed: { attendance_status: 'present,absent,late' },
  },
  teacher_notes: {
    row: { child_id: 'child', staff_id: 'staff', date: day, note: 'n' },
    closed: { category: 'behavior,learning,health,general' },
  },
  attendance: {
    row: {
      child_id: 'child',
      check_in_time: moment,
      check_out_time: moment,
      checked_in_by: 'Some Body',
      room: 'Acorns',
      date: moment,
    },
    closed: { biometric_method: 'face,fingerprint,manual' },
  },
};

let serial = 0;
const write = (table: string, change: Record<string, unknown> = {}) => {
  const id = `${table}-${++serial}`;
  // A child has one report a day.
  const ownDay = table === 'daily_reports' ? { date: new Date(Date.UTC(2026, 2, serial)) } : {};
  return insert(database.client, table, { ...writes[table]?.row, id, ...ownDay, ...change });
};

describe.each(Object.entries(writes))('%s', (table, { closed }) => {
  it('takes the row and every value that the application writes', async () => {
    expect(await write(table)).toMatchObject({ id: `${table}-${serial}` });
    for (const [column, values] of Object.entries(closed)) {
      for (const value of values.split(',')) {
        expect(await write(table, { [column]: value })).toMatchObject({ [column]: value });
      }
    }
  });

  it('takes NULL where it did before, and refuses a value of no set', async () => {
    for (const column of Object.keys(closed)) {
      await expect(write(table, { [column]: 'no such value' })).rejects.toThrow(
        `${table}_${column}_check`,
      );
      const { rows } = await database.client.query(
        `SELECT attnotnull FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`,
        [`public.${table}`, column],
      );
      if (rows[0].attnotnull) continue;
      expect(await write(table, { [column]: null })).toMatchObject({ [column]: null });
    }
  });
});

it('deactivates the old state and inserts the new one, in two statements', async () => {
  const { client } = database;
  await insert(client, 'state_compliance', { ratios_data: '{}' });
  await client.query('UPDATE public.state_compliance SET is_active = false WHERE is_active');
  await insert(client, 'state_compliance', { ratios_data: '{}', state: 'Ohio' });
  await expect(insert(client, 'state_compliance', { ratios_data: '{}' })).rejects.toThrow(
    'state_compliance_active_key',
  );
});

it('checks a child in again after it was checked out, but not while it is still in', async () => {
  const { client } = database;
  const open = { check_out_time: null, date: '2026-03-03 07:00' };
  await write('attendance', open);
  await expect(write('attendance', { ...open, date: '2026-03-03 00:00' })).rejects.toThrow(
    'attendance_open_key',
  );
  await client.query(
    'UPDATE public.attendance SET check_out_time = now() WHERE check_out_time IS NULL',
  );
  await write('attendance', open);
});

it('keeps the unique rules that the data means', async () => {
  const { client } = database;
  const person = { first_name: 'Given', last_name: 'Family', position: 'Lead' };
  await insert(client, 'staff', { ...person, employee_number: 'E-1' });
  await insert(client, 'staff', { ...person, employee_number: '' });
  await insert(client, 'staff', { ...person, employee_number: '' });
  await expect(insert(client, 'staff', { ...person, employee_number: 'E-1' })).rejects.toThrow(
    'staff_employee_number_key',
  );
  await insert(client, 'staff', { ...person, email: 'a@example.test' });
  await expect(insert(client, 'staff', { ...person, email: 'a@example.test' })).rejects.toThrow(
    'staff_email_unique',
  );
  const login = { password_hash: 'x', first_name: 'Given', last_name: 'Family' };
  await insert(client, 'parents', { ...login, username: 'one', email: 'A@example.test' });
  await expect(
    insert(client, 'parents', { ...login, username: 'two', email: 'a@EXAMPLE.test' }),
  ).rejects.toThrow('parents_lower_email_key');
  const entry = { staff_id: 'staff', date: day, clock_in_time: moment };
  await insert(client, 'timesheet_entries', entry);
  await expect(insert(client, 'timesheet_entries', entry)).rejects.toThrow(
    'timesheet_entries_open_key',
  );
  await insert(client, 'pay_periods', { id: 'period', ...period });
  const stub = { staff_id: 'staff', pay_period_id: 'period' };
  await insert(client, 'pay_stubs', stub);
  await expect(insert(client, 'pay_stubs', stub)).rejects.toThrow(
    'pay_stubs_staff_id_pay_period_id_key',
  );
  await write('daily_reports', { date: '2026-02-02 07:00' });
  await expect(write('daily_reports', { date: '2026-02-02 16:00' })).rejects.toThrow(
    'daily_reports_child_id_date_key',
  );
  await write('daily_reports', { date: '2026-02-03 00:00' });
});

it('answers the columns that the application selects', async () => {
  const { client } = database;
  await client.query('SELECT email_status, email_message_id FROM public.daily_reports');
  await client.query('SELECT pay_stub_pdf_url FROM public.pay_stubs');
  await client.query(
    'SELECT entity_type, entity_id, performed_by, reason, created_at FROM public.payroll_audit',
  );
  await client.query('SELECT created_at FROM public.payroll_reports');
  expect(await write('daily_reports')).toMatchObject({ email_status: 'pending' });
});
