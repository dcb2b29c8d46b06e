import type { GeneratorContext, ReferencedRow, ValueGenerator } from '../profile.ts';
import { after, dayAt } from './calendar.ts';
import { oneOf, someOf } from './choices.ts';

/**
 * Every profile belongs to another user: parents in turn, then staff. Only the key is theirs: made-up details must
 * not stand beside the name of somebody who exists.
 */
function personOf(
  context: GeneratorContext,
): (ReferencedRow & { readonly role: string }) | undefined {
  const people = [
    ...context.rows('parents').map((row) => ({ ...row, role: 'parent' })),
    ...context.rows('staff').map((row) => ({ ...row, role: 'teacher' })),
  ];
  return people[(context.index + context.attempt) % Math.max(1, people.length)];
}

const isStaff = ({ row }: GeneratorContext): boolean => row.role !== 'parent';
const handle = ({ row, index }: GeneratorContext): string =>
  `${row.first_name}.${row.last_name}${index + 1}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.]/g, '');

/** Profiles of the application's users. */
export const peopleColumns: Readonly<Record<string, ValueGenerator>> = {
  'user_profiles.user_id': (context) => personOf(context)?.id ?? context.random.uuid(),
  'user_profiles.role': (context) =>
    personOf(context)?.position?.toLowerCase().includes('director')
      ? 'director'
      : (personOf(context)?.role ?? 'staff'),
  'user_profiles.first_name': ({ faker }) => faker.person.firstName(),
  'user_profiles.last_name': ({ faker }) => faker.person.lastName(),
  'user_profiles.username': handle,
  'user_profiles.email': (context) => `${context.row.username}@example.org`,
  'user_profiles.phone_number': ({ random }) => `202-555-01${random.integer(10, 99)}`,
  'user_profiles.date_of_birth': ({ now, random }) =>
    dayAt(now, -random.integer(23 * 365, 60 * 365)),
  'user_profiles.street': ({ faker, random }) =>
    `${random.integer(1, 999)} ${faker.location.street()}`,
  'user_profiles.city': ({ faker }) => faker.location.city(),
  'user_profiles.state': ({ faker }) => faker.location.state({ abbreviated: true }),
  'user_profiles.zip_code': ({ random }) => String(random.integer(10000, 99999)),
  'user_profiles.job_title': (context) =>
    isStaff(context) ? (personOf(context)?.position ?? 'Teacher') : null,
  'user_profiles.department': (context) =>
    isStaff(context) ? oneOf('Infants', 'Toddlers', 'Preschool', 'Office')(context) : null,
  'user_profiles.employee_id': (context) =>
    isStaff(context) ? `SAMPLE-${String(context.index + 1).padStart(4, '0')}` : null,
  'user_profiles.hire_date': (context) =>
    isStaff(context) ? dayAt(context.now, -context.random.integer(60, 8 * 365)) : null,
  'user_profiles.children_ids': (context) =>
    isStaff(context)
      ? []
      : someOf(context, context.rows('children'), 2).flatMap((child) => child.id ?? []),
  'user_profiles.emergency_contact': ({ faker, random }) =>
    `${faker.person.firstName()} ${faker.person.lastName()}, 202-555-01${random.integer(10, 99)}`,
  'user_profiles.profile_picture_url': ({ random }) =>
    `https://example.org/people/${random.hex(8)}.jpg`,
  'user_profiles.bio': oneOf('Enjoys reading aloud.', 'Plays the guitar at circle time.', null),
  'user_profiles.preferred_language': oneOf('en', 'en', 'es'),
  'user_profiles.notification_preferences': ({ random }) =>
    JSON.stringify({ email: true, sms: random.chance(0.5), push: random.chance(0.5) }),
  'user_profiles.is_active': () => true,
  'user_profiles.created_at': (context) => dayAt(context.now, -context.random.integer(30, 300), 9),
  'user_profiles.updated_at': (context) =>
    after(
      context.row.created_at instanceof Date ? context.row.created_at : context.now,
      context.random.integer(1, 500),
    ),
  'user_profiles.last_login_at': (context) => dayAt(context.now, -context.random.integer(1, 20), 7),
};
