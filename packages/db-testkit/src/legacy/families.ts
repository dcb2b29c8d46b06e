import { email, GIVEN, phone, ROOMS, SURNAMES } from './words.ts';
import { daysAgo, type LegacyTable, type Place, type World } from './world.ts';

/** bcrypt of the word `fixture-password`, cost 10. */
const PASSWORD_HASH = '$2b$10$rOQ/175uSY5gydPg5QvtMO6mSLuiNHNf4T6NhxbudXq7vzlx3QO6a';

/** Which children (roles in their block) each of a block's three parents has in the array: 5 of 44. */
const LINKED: readonly (readonly number[])[] = [[0, 1], [2, 3], [4]];

const AGE_GROUPS = [
  'infant',
  'young_toddler',
  'toddler',
  'preschool',
  'school_age',
  'older_school_age',
] as const;

interface Name {
  readonly first: string;
  readonly last: string;
}

function name({ random }: Place): Name {
  return { first: random.pick(GIVEN), last: random.pick(SURNAMES) };
}

/** The parent as they signed up, before any defect. */
function parentAt(world: World, index: number) {
  const place = world.at(parents, index);
  const who = name(place);
  return { ...who, email: email(who.first, who.last, `p${index}`), phone: phone(place.random) };
}

export const parents: LegacyTable = {
  name: 'parents',
  rows: 3,
  growth: 'people',
  row({ index, role, block, id, random }, world) {
    const who = parentAt(world, index);
    const linked = LINKED[role] ?? [];
    return {
      id,
      username: `parent${index + 1}`,
      password_hash: PASSWORD_HASH,
      // One typed with a capital, one with a trailing blank.
      email:
        role === 1
          ? `${who.email} `
          : role === 2
            ? who.email.replace(/^./, (c) => c.toUpperCase())
            : who.email,
      first_name: who.first,
      last_name: role === 0 ? `${who.last} ` : who.last,
      phone: role === 2 ? null : who.phone,
      children_ids: linked.map((child) => world.id(children, block * children.rows + child)),
      last_login: role === 0 ? daysAgo(3, 500 + (random.bits() % 60)) : null,
      email_verified: role === 0,
      notification_preferences: role === 0 ? '{"email":true,"sms":false}' : null,
      is_active: true,
      created_at: daysAgo(40 + role, 600),
      updated_at: daysAgo(20 + role, 660),
    };
  },
};

/** Children entered again and again: these roles repeat the child of another role, but for id and dates. */
const COPY_OF: Readonly<Record<number, number>> = { 11: 10, 12: 10, 14: 13 };

/** Who a child's copied parent text names: mostly people who have no account. */
function copiedParent(world: World, place: Place) {
  const firstParent = place.block * parents.rows;
  // 0 and 1 agree with the array, 2 names another parent than the array does, 30 names one without a link.
  const account = { 0: 0, 1: 0, 2: 0, 30: 1 }[place.role];
  if (account !== undefined) return parentAt(world, firstParent + account);
  const first = place.random.pick(GIVEN);
  const last = place.random.pick(SURNAMES);
  return { first, last, email: email(first, last, place.index), phone: phone(place.random) };
}

/** The name that is copied into a child's row: attendance is signed with it. */
export function parentNameOf(world: World, child: number): string {
  const place = world.at(children, original(child));
  name(place);
  const { first, last } = copiedParent(world, place);
  return `${first} ${last}`;
}

function original(index: number): number {
  const role = index % children.rows;
  return index - role + (COPY_OF[role] ?? role);
}

export const children: LegacyTable = {
  name: 'children',
  rows: 44,
  growth: 'people',
  row({ index, role, id }, world) {
    const place = world.at(children, original(index));
    const { random } = place;
    // A namesake with another birth date is another child.
    const own = name(place);
    const who = role === 15 ? name(world.at(children, index - 5)) : own;
    const parent = copiedParent(world, place);
    const months = role === 15 ? 61 : random.int(3, 130);
    return {
      id,
      first_name: role === 24 ? `${who.first} ` : who.first,
      last_name: who.last,
      date_of_birth: daysAgo(months * 30 + random.int(0, 29)),
      age_group: AGE_GROUPS[Math.min(5, Math.floor(months / 22))] ?? 'infant',
      room: random.pick(ROOMS),
      parent_name: `${parent.first} ${parent.last}${role === 1 ? '  ' : ''}`,
      parent_email: role === 26 ? null : `${parent.email}${role === 25 ? ' ' : ''}`,
      // A surname in the phone column.
      parent_phone: role === 20 ? parent.last : role === 27 ? null : parent.phone,
      emergency_contact_name: random.oneIn(3) ? null : `${random.pick(GIVEN)} ${parent.last}`,
      emergency_contact_phone: random.oneIn(3) ? null : phone(random),
      is_active: role !== 40,
      created_at: daysAgo(60 - role, 540 + role),
      allergies:
        role === 21 || role === 22 ? ['None'] : role === 23 ? ['Peanuts', 'Tree "nuts"'] : [],
      medical_notes: role === 23 ? 'Carries an inhaler.\nCall first.' : null,
      immunizations: random.oneIn(4) ? ['MMR', 'DTaP'] : [],
      enrollment_date: daysAgo(60 - role, 540),
      tuition_rate: random.oneIn(3) ? null : random.int(80, 160) * 1000,
      blood_type: random.oneIn(5) ? random.pick(['A+', 'O-', 'B+']) : null,
      dietary_restrictions: role === 21 ? ['None'] : [],
      epi_pen_required: role === 23,
      insurance_policy_number: role === 23 ? `POL-${random.hex(8)}` : null,
      unenrollment_date: role === 40 ? daysAgo(9, 700) : null,
      enrollment_status: role === 40 ? 'unenrolled' : 'enrolled',
      unenrollment_reason: role === 40 ? 'moved away' : null,
    };
  },
};
