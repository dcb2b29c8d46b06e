/**
 * What is TotHub's own and not the tool's: the legacy catalog it starts from, the columns that hold secrets, the
 * tables that are audited, and the questions that must find their index.
 */
import { childcareProfile } from '@tothub/db-seed/childcare';
import type { ProjectConfig } from '../apps/cli/src/project/config.ts';

const inPublic = (name: string) => ({ schema: 'public', name });

export const config: ProjectConfig = {
  name: 'TotHub',
  documentTitle: 'TotHub database',
  baseline: { through: '0001', catalog: 'legacy-catalog.json' },
  leftAlone: ['drizzle'],
  quarantine: inPublic('data_quarantine'),
  findings: inPublic('data_findings'),

  secrets: [
    {
      table: inPublic('security_credentials'),
      column: 'credential_data',
      when: { column: 'credential_type', equals: 'pin' },
      treatment: 'hash',
      target: 'credential_hash',
      legacyCipher: true,
      breaks: [
        'security_credentials.credential_data decrypted and compared with a PIN: verify against credential_hash',
      ],
    },
    {
      table: inPublic('security_credentials'),
      column: 'credential_data',
      when: { column: 'credential_type', equals: 'rfid' },
      treatment: 'blind-index',
      target: 'credential_lookup',
      ciphertext: 'credential_ciphertext',
      normalise: 'lower-case',
      breaks: [
        'security_credentials.credential_data compared with an RFID number: look up credential_lookup',
      ],
    },
    ...(['biometric', 'mobile'] as const).map((kind) => ({
      table: inPublic('security_credentials'),
      column: 'credential_data',
      when: { column: 'credential_type', equals: kind },
      treatment: 'encrypt' as const,
      target: 'credential_ciphertext',
      breaks: [
        `security_credentials.credential_data read for ${kind}: decrypt credential_ciphertext`,
      ],
    })),
    { table: inPublic('parents'), column: 'password_hash', treatment: 'hash' },
    {
      table: inPublic('security_devices'),
      column: 'connection_config',
      treatment: 'encrypt-json',
      target: 'connection_config_ciphertext',
      breaks: [
        'API keys inside security_devices.connection_config: decrypt connection_config_ciphertext',
      ],
    },
    ...(['direct_deposit_account', 'direct_deposit_routing'] as const).map((column) => ({
      table: inPublic('staff'),
      column,
      treatment: 'encrypt' as const,
      target: `${column}_ciphertext`,
      breaks: [`staff.${column}: decrypt ${column}_ciphertext`],
    })),
    {
      table: inPublic('session_activity'),
      column: 'details',
      treatment: 'reduce',
      reduceWith: inPublic('reduce_request_details'),
      breaks: ['request bodies in session_activity.details: only the names of their keys are left'],
    },
  ],
  secretGuards: [
    { table: inPublic('session_activity'), trigger: 'session_activity_keep_bodies_out' },
  ],

  audited: [
    inPublic('attendance'),
    inPublic('billing'),
    inPublic('child_guardians'),
    {
      ...inPublic('children'),
      redact: [
        'face_descriptor',
        'fingerprint_hash',
        'insurance_policy_number',
        'insurance_group_number',
      ],
    },
    inPublic('documents'),
    { ...inPublic('parents'), redact: ['password_hash', 'reset_token'] },
    inPublic('pay_periods'),
    inPublic('pay_stubs'),
    inPublic('payroll_audit'),
    inPublic('payroll_reports'),
    {
      ...inPublic('security_credentials'),
      redact: ['credential_data', 'credential_hash', 'credential_lookup', 'credential_ciphertext'],
    },
    {
      ...inPublic('security_devices'),
      redact: ['connection_config', 'connection_config_ciphertext'],
    },
    inPublic('security_zone_devices'),
    inPublic('security_zones'),
    { ...inPublic('settings'), redact: ['value'] },
    {
      ...inPublic('staff'),
      redact: [
        'face_descriptor',
        'fingerprint_hash',
        'direct_deposit_account',
        'direct_deposit_routing',
        'direct_deposit_account_ciphertext',
        'direct_deposit_routing_ciphertext',
      ],
    },
    inPublic('state_compliance'),
    inPublic('timesheet_entries'),
    inPublic('user_profile_children'),
    inPublic('user_profiles'),
  ],

  maskingViews: {
    schema: 'masked',
    tables: [
      {
        table: inPublic('children'),
        columns: {
          id: 'hash',
          date_of_birth: 'year',
          age_group: 'pass',
          room: 'pass',
          is_active: 'pass',
          enrollment_status: 'pass',
          enrollment_date: 'pass',
          unenrollment_date: 'pass',
          tuition_rate: { band: 100 },
          subscription_status: 'pass',
        },
        unnamed: 'omit',
      },
      {
        table: inPublic('parents'),
        columns: {
          id: 'hash',
          email: 'email-domain',
          email_verified: 'pass',
          is_active: 'pass',
          last_login: 'pass',
          created_at: 'pass',
        },
        unnamed: 'omit',
      },
      {
        table: inPublic('child_guardians'),
        columns: { child_id: 'hash', parent_id: 'hash', relationship: 'pass' },
        unnamed: 'omit',
      },
      {
        table: inPublic('staff'),
        columns: {
          id: 'hash',
          position: 'pass',
          pay_type: 'pass',
          hourly_rate: { band: 500 },
          salary_amount: { band: 500_000 },
          is_active: 'pass',
          created_at: 'pass',
        },
        unnamed: 'omit',
      },
      {
        table: inPublic('attendance'),
        columns: {
          id: 'hash',
          child_id: 'hash',
          date: 'pass',
          room: 'pass',
          check_in_time: 'pass',
          check_out_time: 'pass',
          mood_rating: 'pass',
        },
        unnamed: 'omit',
      },
      {
        table: inPublic('timesheet_entries'),
        columns: {
          id: 'hash',
          staff_id: 'hash',
          date: 'pass',
          regular_hours: 'pass',
          overtime_hours: 'pass',
          total_hours: 'pass',
          is_approved: 'pass',
        },
        unnamed: 'omit',
      },
      {
        table: inPublic('billing'),
        columns: {
          id: 'hash',
          child_id: 'hash',
          period_start: 'pass',
          period_end: 'pass',
          attendance_days: 'pass',
          total_amount: 'pass',
          status: 'pass',
          due_date: 'pass',
        },
        unnamed: 'omit',
      },
    ],
  },

  sampleData: { profile: childcareProfile },

  keyQueries: [
    {
      name: 'active children by name',
      sql: 'SELECT * FROM public.children WHERE is_active ORDER BY first_name, last_name, id LIMIT 50',
      index: 'children_active_name_idx',
    },
    {
      name: 'children of a guardian',
      sql: "SELECT child_id FROM public.child_guardians WHERE parent_id = 'x'",
      index: 'child_guardians_pkey',
    },
    {
      name: 'guardians of a child',
      sql: "SELECT parent_id FROM public.child_guardians WHERE child_id = 'x'",
      index: 'child_guardians_child_id_idx',
    },
    {
      name: 'parent by e-mail',
      sql: "SELECT * FROM public.parents WHERE lower(email) = lower('x') AND is_active",
      index: 'parents_lower_email_key',
    },
    {
      name: 'who is present',
      sql: "SELECT * FROM public.attendance WHERE date >= '2025-08-01' AND date < '2025-08-02' AND check_out_time IS NULL",
      index: 'attendance_present_idx',
    },
    {
      name: 'attendance of a child',
      sql: "SELECT * FROM public.attendance WHERE child_id = 'x' ORDER BY date DESC LIMIT 50",
      index: 'attendance_child_id_date_idx',
    },
    {
      name: 'unread alerts',
      sql: 'SELECT * FROM public.alerts WHERE NOT is_read ORDER BY created_at DESC LIMIT 20',
      index: 'alerts_unread_idx',
    },
    {
      name: 'inbox',
      sql: "SELECT * FROM public.messages WHERE recipient_type = 'parent' AND recipient_id = 'x' ORDER BY created_at DESC LIMIT 50",
      index: 'messages_recipient_type_recipient_id_created_at_idx',
    },
    {
      name: 'requests of a login',
      sql: "SELECT * FROM public.session_activity WHERE session_id = 'x' ORDER BY timestamp DESC LIMIT 50",
      index: 'session_activity_session_id_timestamp_idx',
    },
    {
      name: 'old requests',
      sql: "SELECT id FROM public.session_activity WHERE timestamp < '2025-08-01' ORDER BY timestamp LIMIT 1000",
      index: 'idx_session_activity_timestamp',
    },
    {
      name: 'open logins',
      sql: "SELECT * FROM public.sessions WHERE is_active AND last_activity < '2025-08-01'",
      index: 'sessions_active_last_activity_idx',
    },
    {
      name: 'credential by look-up',
      sql: "SELECT * FROM public.security_credentials WHERE credential_lookup = 'x'",
      index: 'security_credentials_credential_lookup_idx',
    },
    {
      name: 'log of a device',
      sql: "SELECT * FROM public.security_logs WHERE device_id = 'x' ORDER BY timestamp DESC LIMIT 50",
      index: 'security_logs_device_id_timestamp_idx',
    },
    {
      name: 'documents that expire',
      sql: "SELECT * FROM public.documents WHERE is_active AND expiration_date < '2025-09-01'",
      index: 'documents_active_expiration_date_idx',
    },
    {
      name: 'time of a member of staff',
      sql: "SELECT * FROM public.timesheet_entries WHERE staff_id = 'x' AND date >= '2025-08-01' AND date < '2025-09-01'",
      index: 'timesheet_entries_staff_id_date_idx',
    },
  ],

  moved: ['room_schedules', 'schedule_templates', 'user_roles'].map((name) => ({
    from: inPublic(name),
    to: { schema: 'archive', name },
  })),
};
