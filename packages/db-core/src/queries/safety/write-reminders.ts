/** Safety duties are set up, changed, paused and taken out of force; what was done stays. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { assignments, patch } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import {
  safetyRemindersCategory,
  safetyRemindersFrequency,
  safetyRemindersPriority,
  safetyRemindersRow,
} from '../../rows/index.ts';
import { reminderColumns } from './reminders.ts';

const settings = {
  title: filledText(500),
  description: filledText().nullable(),
  category: safetyRemindersCategory,
  priority: safetyRemindersPriority,
  frequency: safetyRemindersFrequency,
  /** Days between two times, for the frequency `custom`. */
  customInterval: z.int().min(1).max(3_660).nullable(),
  nextDueDate: instant,
  assignedTo: id.nullable(),
  alertDaysBefore: z.int().min(0).max(366),
};

/** Sets up a duty. */
export const createSafetyReminder = defineQuery({
  name: 'createSafetyReminder',
  access: 'write',
  input: z
    .strictObject({
      ...settings,
      description: settings.description.default(null),
      priority: settings.priority.default('medium'),
      customInterval: settings.customInterval.default(null),
      assignedTo: settings.assignedTo.default(null),
      alertDaysBefore: settings.alertDaysBefore.default(3),
      createdBy: id,
    })
    .refine(({ frequency, customInterval }) => frequency !== 'custom' || customInterval !== null, {
      path: ['customInterval'],
    }),
  row: safetyRemindersRow,
  rows: 'one',
  sql: (reminder) => sql`
    INSERT INTO public.safety_reminders AS reminder (title, description, category, priority, frequency,
      custom_interval, next_due_date, assigned_to, alert_days_before, created_by, created_at, updated_at)
    VALUES (${reminder.title}, ${reminder.description}, ${reminder.category}, ${reminder.priority},
      ${reminder.frequency}, ${reminder.customInterval}, ${sql.timestamp(reminder.nextDueDate)},
      ${reminder.assignedTo}, ${reminder.alertDaysBefore}, ${reminder.createdBy}, ${utcNow}, ${utcNow})
    RETURNING ${reminderColumns}`,
  samples: [
    {
      title: 'Fire drill',
      category: 'drills',
      frequency: 'monthly',
      nextDueDate: new Date('2026-02-01'),
      createdBy: 'admin',
    },
  ],
});

/** Changes a duty. */
export const updateSafetyReminder = defineQuery({
  name: 'updateSafetyReminder',
  access: 'write',
  input: z.strictObject({ id, patch: patch(settings) }),
  row: safetyRemindersRow,
  rows: 'one',
  sql: ({ id, patch }) => sql`
    UPDATE public.safety_reminders AS reminder
    SET ${assignments(
      {
        title: 'title',
        description: 'description',
        category: 'category',
        priority: 'priority',
        frequency: 'frequency',
        customInterval: 'custom_interval',
        nextDueDate: 'next_due_date',
        assignedTo: 'assigned_to',
        alertDaysBefore: 'alert_days_before',
      },
      patch,
    )}, updated_at = ${utcNow}
    WHERE reminder.id = ${id}
    RETURNING ${reminderColumns}`,
  samples: [
    { id: 'r1', patch: { title: 'Fire drill' } },
    {
      id: 'r1',
      patch: {
        title: 'Fire drill',
        description: null,
        category: 'drills',
        priority: 'high',
        frequency: 'custom',
        customInterval: 45,
        nextDueDate: new Date('2026-02-01'),
        assignedTo: null,
        alertDaysBefore: 7,
      },
    },
  ],
});

/** Pauses a duty, or lets it go on. */
export const pauseSafetyReminder = defineQuery({
  name: 'pauseSafetyReminder',
  access: 'write',
  input: z.strictObject({ id, paused: z.boolean().default(true) }),
  row: safetyRemindersRow,
  rows: 'one',
  sql: ({ id, paused }) => sql`
    UPDATE public.safety_reminders AS reminder SET is_paused = ${paused}, updated_at = ${utcNow}
    WHERE reminder.id = ${id}
    RETURNING ${reminderColumns}`,
  samples: [{ id: 'r1' }],
});

/** Takes a duty out of force. Its history stays. */
export const deactivateSafetyReminder = defineQuery({
  name: 'deactivateSafetyReminder',
  access: 'write',
  input: z.strictObject({ id }),
  row: safetyRemindersRow,
  rows: 'one',
  sql: ({ id }) => sql`
    UPDATE public.safety_reminders AS reminder SET is_active = false, updated_at = ${utcNow}
    WHERE reminder.id = ${id}
    RETURNING ${reminderColumns}`,
  samples: [{ id: 'r1' }],
});
