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
    inPublic('payroll_reports'),
    {
      ...inPublic('security_credentials'),
      redact: ['credential_data', 'credential_hash', 'credential_lookup', 'credential_ciphertext'],
    },
    {
      ...inPublic('security_devices'),
      redact: ['connection_config', 'connection_config_ciphertext'],
    },
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
    inPublic('user_profiles'),
  ],

  sampleData: { profile: childcareProfile },

  keyQueries: [],

  moved: ['room_schedules', 'schedule_templates', 'user_roles'].map((name) => ({
    from: inPublic(name),
    to: { schema: 'archive', name },
  })),
};
