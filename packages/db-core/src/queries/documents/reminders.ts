/** Reminders that a document is about to expire. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day, id, limit } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { documentRemindersRow, documentsRow, documentTypesRow } from '../../rows/index.ts';

const reminderColumns = sql`
  reminder.id, reminder.document_id AS "documentId", reminder.reminder_type AS "reminderType",
  reminder.reminder_date AS "reminderDate", reminder.message, reminder.sent_at AS "sentAt",
  reminder.acknowledged_at AS "acknowledgedAt", reminder.acknowledged_by AS "acknowledgedBy", reminder.priority,
  reminder.is_active AS "isActive", reminder.created_at AS "createdAt"`;

/** Lists the reminders due on a day or before that nobody has sent, with their documents in use, oldest first. */
export const listPendingDocumentReminders = defineQuery({
  name: 'listPendingDocumentReminders',
  access: 'read',
  input: z.strictObject({ day, limit: limit(500, 100) }),
  row: documentRemindersRow.extend({
    documentTitle: documentsRow.shape.title,
    expirationDate: documentsRow.shape.expirationDate,
    typeName: documentTypesRow.shape.name,
  }),
  rows: 'many',
  sql: ({ day, limit }) => sql`
    SELECT ${reminderColumns}, document.title AS "documentTitle", document.expiration_date AS "expirationDate",
      kind.name AS "typeName"
    FROM public.document_reminders AS reminder
    JOIN public.documents AS document ON document.id = reminder.document_id AND document.is_active
    JOIN public.document_types AS kind ON kind.id = document.document_type_id
    WHERE reminder.sent_at IS NULL AND reminder.is_active AND reminder.reminder_date < ${day}::date + 1
    ORDER BY reminder.reminder_date, reminder.id LIMIT ${limit}`,
  samples: [{ day: '2026-01-01' }],
});

/**
 * Marks a reminder as sent, and its document as reminded of. Of two who send at once one gets the reminder, the
 * other null: mark first, then send.
 */
export const markDocumentReminderSent = defineQuery({
  name: 'markDocumentReminderSent',
  access: 'write',
  input: z.strictObject({ id }),
  row: documentRemindersRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`
    WITH sent AS (
      UPDATE public.document_reminders AS reminder SET sent_at = ${utcNow}
      WHERE reminder.id = ${id} AND reminder.sent_at IS NULL
      RETURNING ${reminderColumns}
    ), noted AS (
      UPDATE public.documents AS document SET last_reminder_sent = sent."sentAt"
      FROM sent WHERE document.id = sent."documentId"
    )
    SELECT id, "documentId", "reminderType", "reminderDate", message, "sentAt", "acknowledgedAt",
      "acknowledgedBy", priority, "isActive", "createdAt"
    FROM sent`,
  samples: [{ id: 'r1' }],
});

/** Acknowledges a reminder. Whoever does so first stands there; null when it was done before or is not there. */
export const acknowledgeDocumentReminder = defineQuery({
  name: 'acknowledgeDocumentReminder',
  access: 'write',
  input: z.strictObject({ id, acknowledgedBy: id }),
  row: documentRemindersRow,
  rows: 'maybeOne',
  sql: ({ id, acknowledgedBy }) => sql`
    UPDATE public.document_reminders AS reminder
    SET acknowledged_at = ${utcNow}, acknowledged_by = ${acknowledgedBy}
    WHERE reminder.id = ${id} AND reminder.acknowledged_at IS NULL
    RETURNING ${reminderColumns}`,
  samples: [{ id: 'r1', acknowledgedBy: 'admin' }],
});
