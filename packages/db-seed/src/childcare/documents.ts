import type { GeneratorContext, ReferencedRow, ValueGenerator } from '../profile.ts';
import { after, dayAt, momentOf } from './calendar.ts';
import { idOf, oneOf, sometimes } from './choices.ts';

const dayHours = 24;

const documentOf = (context: GeneratorContext): ReferencedRow | undefined => {
  const { row } = context;
  return context.rows('documents').find((one) => one.id === row.document_id);
};
const expiryOf = (context: GeneratorContext): Date =>
  momentOf(documentOf(context)?.expiration_date ?? undefined, context);

/** Reminders that documents run out, and their renewals. */
export const documentColumns: Readonly<Record<string, ValueGenerator>> = {
  'document_reminders.reminder_type': oneOf('expiration_warning', 'renewal_required', 'overdue'),
  'document_reminders.reminder_date': (context) => {
    const days = context.random.integer(7, 60) * (context.row.reminder_type === 'overdue' ? 1 : -1);
    return after(expiryOf(context), days * dayHours);
  },
  'document_reminders.message': (context) => {
    const title = documentOf(context)?.title ?? 'The document';
    const ends: Readonly<Record<string, string>> = {
      expiration_warning: 'expires soon.',
      renewal_required: 'must be renewed.',
      overdue: 'has expired and was not renewed.',
    };
    return `${title} ${ends[String(context.row.reminder_type)] ?? 'needs attention.'}`;
  },
  'document_reminders.sent_at': sometimes(0.6, (context) =>
    after(momentOf(context.row.reminder_date, context), 8),
  ),
  'document_reminders.acknowledged_at': (context) =>
    context.row.sent_at instanceof Date && context.random.chance(0.6)
      ? after(context.row.sent_at, context.random.integer(1, 72))
      : null,
  'document_reminders.acknowledged_by': (context) =>
    context.row.acknowledged_at === null ? null : idOf('staff')(context),
  'document_reminders.priority': ({ row, random }) =>
    row.reminder_type === 'overdue'
      ? (random.pick(['high', 'critical']) ?? null)
      : (random.pick(['low', 'medium', 'high']) ?? null),
  'document_reminders.is_active': ({ row }) => row.acknowledged_at === null,
  'document_reminders.created_at': (context) =>
    after(momentOf(context.row.reminder_date, context), -dayHours),

  'document_renewals.previous_expiration_date': (context) =>
    after(expiryOf(context), -365 * dayHours),
  'document_renewals.new_expiration_date': expiryOf,
  'document_renewals.renewal_date': (context) =>
    after(
      momentOf(context.row.previous_expiration_date, context),
      -context.random.integer(5, 40) * dayHours,
    ),
  'document_renewals.cost': ({ random }) => `${random.integer(40, 900)}.00`,
  'document_renewals.processed_by': (context) => idOf('staff')(context) ?? 'system',
  'document_renewals.notes': sometimes(0.5, oneOf('Renewed online.', 'Inspection passed.')),
  'document_renewals.file_path': ({ random }) => `documents/renewal-${random.hex(8)}.pdf`,
  'document_renewals.created_at': (context) =>
    after(momentOf(context.row.renewal_date ?? dayAt(context.now, -1), context), 1),
};
