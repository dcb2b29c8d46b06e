import type { GeneratorContext, SeedValue, ValueGenerator } from '../profile.ts';
import { after, momentOf, recentWeekday } from './calendar.ts';
import { idOf, oneOf, someOf, sometimes } from './choices.ts';

const meals = ['breakfast', 'morning snack', 'lunch', 'afternoon snack'];
const activities = [
  'story time',
  'painting',
  'building blocks',
  'outdoor play',
  'music',
  'puzzles',
];
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];

const behaviour = oneOf(
  'Played well with the others.',
  'A little tired in the morning, cheerful after the nap.',
  'Shared toys without being asked.',
);
const moment = (context: GeneratorContext, column: string): Date =>
  momentOf(context.row[column], context);
const isAbsent = (context: GeneratorContext): boolean => context.row.attendance_status === 'absent';
const photo = ({ random }: GeneratorContext): string =>
  `https://example.org/media/${random.hex(10)}.jpg`;
const createdOn =
  (column: string, hours: number): ValueGenerator =>
  (context) =>
    after(moment(context, column), hours);

/** The child of a row, as the profile's references know it. */
function childOf(context: GeneratorContext): Readonly<Record<string, string | null>> | undefined {
  const { row } = context;
  return context.rows('children').find((child) => child.id === row.child_id);
}

const onlyWhenPresent =
  (generator: ValueGenerator): ValueGenerator =>
  (context): SeedValue =>
    context.row.is_present === true ? generator(context) : null;

/** Schedules, daily reports, shared media, teachers' notes and messages. */
export const childColumns: Readonly<Record<string, ValueGenerator>> = {
  'child_schedules.room': (context) => childOf(context)?.room ?? 'Sunshine Room',
  'child_schedules.date': (context) => recentWeekday(context),
  'child_schedules.scheduled_arrival': (context) =>
    after(moment(context, 'date'), context.random.integer(14, 18) / 2),
  'child_schedules.scheduled_departure': (context) =>
    after(moment(context, 'scheduled_arrival'), context.random.integer(12, 18) / 2),
  'child_schedules.is_present': ({ random }) => random.chance(0.7),
  'child_schedules.actual_arrival': onlyWhenPresent((context) =>
    after(moment(context, 'scheduled_arrival'), context.random.integer(-10, 20) / 60),
  ),
  'child_schedules.actual_departure': onlyWhenPresent((context) =>
    after(moment(context, 'scheduled_departure'), context.random.integer(-20, 10) / 60),
  ),
  'child_schedules.schedule_type': oneOf('regular', 'regular', 'parttime', 'dropin', 'field_trip'),
  'child_schedules.is_recurring': ({ row }) =>
    row.schedule_type === 'regular' || row.schedule_type === 'parttime',
  'child_schedules.recurring_pattern': ({ row }) => (row.is_recurring === true ? 'weekly' : null),
  'child_schedules.recurring_days': (context) =>
    context.row.is_recurring === true ? someOf(context, weekdays, 5) : [],
  'child_schedules.recurring_until': (context) =>
    context.row.is_recurring === true ? after(moment(context, 'date'), 24 * 7 * 26) : null,
  'child_schedules.meal_plan': (context) => someOf(context, meals, 3),
  'child_schedules.nap_time': oneOf('12:30-14:00', '13:00-14:30', null),
  'child_schedules.special_needs': () => null,
  'child_schedules.notes': sometimes(
    0.3,
    oneOf('Picked up by a grandparent.', 'Brings own lunch.'),
  ),
  'child_schedules.parent_approved': ({ random }) => random.chance(0.8),
  'child_schedules.status': ({ row, random }) =>
    row.is_present === true
      ? 'completed'
      : (random.pick(['scheduled', 'confirmed', 'cancelled']) ?? null),
  'child_schedules.created_at': createdOn('date', -72),

  'daily_reports.date': (context) => recentWeekday(context),
  'daily_reports.attendance_status': oneOf('present', 'present', 'present', 'late', 'absent'),
  'daily_reports.meals': (context) => (isAbsent(context) ? [] : someOf(context, meals, 4)),
  'daily_reports.nap_notes': (context) =>
    isAbsent(context) ? null : `Slept ${context.random.integer(3, 8) * 15} minutes.`,
  'daily_reports.activities': (context) =>
    isAbsent(context) ? [] : someOf(context, activities, 3),
  'daily_reports.behavior_notes': (context) => (isAbsent(context) ? null : behaviour(context)),
  'daily_reports.photo_urls': (context) =>
    isAbsent(context) || context.random.chance(0.5) ? [] : [photo(context)],
  'daily_reports.is_generated': ({ random }) => random.chance(0.4),
  'daily_reports.sent_to_parent': ({ random }) => random.chance(0.6),
  'daily_reports.email_status': ({ row }) => (row.sent_to_parent === true ? 'sent' : 'pending'),
  'daily_reports.email_message_id': ({ row, random }) =>
    row.sent_to_parent === true ? `${random.hex(16)}@example.org` : null,
  'daily_reports.created_at': createdOn('date', 17),

  'media_shares.staff_id': idOf('staff'),
  'media_shares.media_type': oneOf('photo', 'photo', 'video'),
  'media_shares.media_url': ({ row, random }) =>
    `https://example.org/media/${random.hex(10)}.${row.media_type === 'video' ? 'mp4' : 'jpg'}`,
  'media_shares.caption': ({ random }) => `Enjoying ${random.pick(activities)}`,
  'media_shares.is_visible': ({ random }) => random.chance(0.9),
  'media_shares.created_at': (context) => recentWeekday(context, context.random.integer(9, 16)),

  'teacher_notes.staff_id': idOf('staff'),
  'teacher_notes.date': (context) => recentWeekday(context),
  'teacher_notes.category': oneOf('behavior', 'learning', 'health', 'general'),
  'teacher_notes.note': (context) => {
    const notes: Readonly<Record<string, string>> = {
      behavior: 'Waited patiently for a turn on the swing.',
      learning: 'Counted to twenty and named six colours.',
      health: 'Small scrape on the knee, cleaned and covered.',
      general: 'Please bring a change of clothes tomorrow.',
    };
    return notes[String(context.row.category)] ?? 'A good day.';
  },
  'teacher_notes.created_at': createdOn('date', 15),

  'messages.sender_id': idOf('staff'),
  'messages.recipient_type': oneOf('parent', 'staff', 'broadcast'),
  'messages.recipient_id': (context) => {
    const { recipient_type: type, sender_id: sender } = context.row;
    if (type === 'parent') return context.pick('parents')?.id ?? null;
    if (type !== 'staff') return null;
    const others = context.rows('staff').filter((one) => one.id !== sender);
    return context.random.pick(others)?.id ?? null;
  },
  'messages.subject': oneOf(
    'Early closing on Friday',
    'Field trip next week',
    'Lost and found',
    'Snack calendar',
  ),
  'messages.content': ({ row }) =>
    `${row.subject}: please see the notice at the front desk for details.`,
  'messages.attachment_urls': ({ random }) =>
    random.chance(0.25) ? [`https://example.org/files/${random.hex(8)}.pdf`] : [],
  'messages.is_read': ({ random }) => random.chance(0.5),
  'messages.priority': oneOf('low', 'normal', 'normal', 'high', 'urgent'),
  'messages.created_at': (context) => recentWeekday(context, context.random.integer(8, 17)),
};
