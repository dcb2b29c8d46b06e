/**
 * What is known about a childcare application of the TotHub kind: coherent generators for the twelve tables that
 * its legacy database left empty, before and after its migrations, and the tables that are not for seeding.
 */
import { childColumns } from './childcare/children.ts';
import { documentColumns } from './childcare/documents.ts';
import { moneyColumns } from './childcare/money.ts';
import { peopleColumns } from './childcare/people.ts';
import { zoneColumns } from './childcare/zones.ts';
import type { SeedProfile } from './profile.ts';

/**
 * The profile of a TotHub database, for `seedDatabase({ profile })`.
 *
 * @example
 * ```ts
 * await seedDatabase({ connectionString, profile: childcareProfile });
 * // COPY public.billing (child_id, period_start, …) FROM STDIN
 * ```
 */
export const childcareProfile: SeedProfile = {
  exclude: [
    // Filled by triggers from the arrays beside them, or by the migrations and the audit themselves.
    { schema: 'public', name: 'security_zone_devices' },
    { schema: 'public', name: 'user_profile_children' },
    { schema: 'public', name: 'child_guardians' },
    { schema: 'public', name: 'principals' },
    { schema: 'public', name: 'data_quarantine' },
    { schema: 'public', name: 'data_findings' },
    { schema: 'audit' },
    { schema: 'tothub' },
    { schema: 'drizzle' },
    { schema: 'archive' },
    // The login store belongs to its library.
    { schema: 'public', name: 'user_sessions' },
    // Not used by the application.
    { schema: 'public', name: 'room_schedules' },
    { schema: 'public', name: 'schedule_templates' },
    { schema: 'public', name: 'user_roles' },
  ],
  references: {
    children: { schema: 'public', name: 'children', columns: ['id', 'room'] },
    staff: { schema: 'public', name: 'staff', columns: ['id', 'position'] },
    parents: { schema: 'public', name: 'parents', columns: ['id'] },
    devices: { schema: 'public', name: 'security_devices', columns: ['id'] },
    documents: { schema: 'public', name: 'documents', columns: ['id', 'title', 'expiration_date'] },
    payPeriods: {
      schema: 'public',
      name: 'pay_periods',
      columns: ['id', 'start_date', 'end_date', 'pay_date'],
    },
    payStubs: { schema: 'public', name: 'pay_stubs', columns: ['id'] },
  },
  columns: {
    ...childColumns,
    ...documentColumns,
    ...moneyColumns,
    ...peopleColumns,
    ...zoneColumns,
  },
};
