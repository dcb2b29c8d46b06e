import { staff } from './staff.ts';
import { daysAgo, type LegacyTable } from './world.ts';

export const alerts: LegacyTable = {
  name: 'alerts',
  rows: 19,
  growth: 'activity',
  row: ({ id, role, block, random }) => ({
    id,
    type: random.pick(['ratio_violation', 'staffing', 'license']),
    message: `${random.pick(['Acorns', 'Bumblebees'])} needs ${random.int(1, 3)} more staff`,
    room: random.oneIn(4) ? null : random.pick(['Acorns', 'Bumblebees']),
    severity: role === 6 ? 'HIGH' : random.pick(['critical', 'medium']),
    is_read: random.oneIn(3),
    created_at: daysAgo(1 + (block % 300), 420 + role * 11),
  }),
};

export const settings: LegacyTable = {
  name: 'settings',
  rows: 4,
  row: ({ id, role }) => {
    const [key, value] = (
      [
        ['selected_state', 'West Virginia'],
        ['facility_name', 'Fixture House Childcare '],
        ['notifications', '{"email":true,"sms":false}'],
        ['closing_time', '18:00'],
      ] as const
    )[role] ?? ['', ''];
    return { id, key, value, updated_at: daysAgo(10 + role, 600) };
  },
};

export const documentTypes: LegacyTable = {
  name: 'document_types',
  rows: 3,
  row: ({ id, role }) => ({
    id,
    name: ['Liability Insurance', 'Childcare License', 'Fire Inspection'][role] ?? '',
    category: ['insurance', 'license', 'certification'][role] ?? '',
    renewal_frequency: role === 2 ? 'custom' : 'yearly',
    custom_frequency_days: role === 2 ? 180 : null,
    created_at: daysAgo(52, 600),
    updated_at: daysAgo(52, 600),
  }),
};

export const documents: LegacyTable = {
  name: 'documents',
  rows: 3,
  row: ({ id, role, random }, world) => ({
    id,
    document_type_id: world.id(documentTypes, role),
    title: ['Liability policy', 'State license', 'Sprinkler check'][role] ?? '',
    issue_date: daysAgo(300 + role),
    expiration_date: daysAgo(role === 2 ? 4 : -65),
    status: 'active',
    document_number: `DOC-${random.hex(6)}`,
    created_by: role === 2 ? 'system' : 'admin',
    created_at: daysAgo(50, 600 + role),
    updated_at: daysAgo(50, 600 + role),
  }),
};

export const safetyReminders: LegacyTable = {
  name: 'safety_reminders',
  rows: 3,
  row: ({ id, role }, world) => ({
    id,
    title: ['Fire drill', 'Extinguisher check', 'Playground inspection'][role] ?? '',
    category: ['drills', 'fire_safety', 'inspection'][role] ?? '',
    priority: role === 0 ? 'high' : 'medium',
    frequency: role === 2 ? 'custom' : 'monthly',
    custom_interval: role === 2 ? 45 : null,
    next_due_date: daysAgo(role === 1 ? 6 : -12),
    last_completed_date: role === 0 ? daysAgo(18, 600) : null,
    created_at: daysAgo(48, 600),
    updated_at: daysAgo(18, 600),
    created_by: role === 0 ? 'system' : 'admin',
    assigned_to: role === 1 ? world.id(staff, 0) : null,
  }),
};

export const safetyReminderCompletions: LegacyTable = {
  name: 'safety_reminder_completions',
  rows: 1,
  row: ({ id }, world) => ({
    id,
    reminder_id: world.id(safetyReminders, 0),
    completed_at: daysAgo(18, 600),
    completed_by: 'admin',
    notes: 'All out in 90 seconds.',
    attachments: [],
  }),
};
