/** Entering and changing children. None is ever deleted: `unenrollChild` keeps the row and says when and why. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { filledText, id, instant, text } from '../../query/input.ts';
import { insertion } from '../../query/insertion.ts';
import { assignments, patch } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { type Child, childColumns, childRow } from './child.ts';
import { childColumnOf, optionalOfChild, requiredOfChild } from './child-input.ts';
import { AlreadyUnenrolledError } from './errors.ts';
import { getChild } from './read-children.ts';

/** Enters a child as enrolled. What is left out gets the default of the database. */
export const createChild = defineQuery({
  name: 'createChild',
  access: 'write',
  input: z.strictObject(optionalOfChild).partial().extend(requiredOfChild),
  row: childRow,
  rows: 'one',
  sql: (input) => sql`
    INSERT INTO public.children AS child ${insertion(childColumnOf, input)}
    RETURNING ${childColumns}`,
  samples: [
    {
      firstName: 'Ada',
      lastName: 'Moss',
      dateOfBirth: new Date('2022-03-01T00:00:00Z'),
      ageGroup: 'toddler',
      room: 'Acorns',
      parentName: 'Grace Moss',
      allergies: ['Peanuts'],
      epiPenRequired: true,
      tuitionRate: 90_000,
      bloodType: 'A+',
    },
  ],
});

/**
 * Changes what is known of a child: keys of the patch that are absent stay as they are, null clears.
 *
 * @throws NotFoundError
 *
 * @example
 * await updateChild(db, { id, patch: { room: 'Acorns', medicalNotes: null } });
 * // UPDATE public.children AS child SET "room" = $1, "medical_notes" = $2 WHERE child.id = $3 RETURNING …
 */
export const updateChild = defineQuery({
  name: 'updateChild',
  access: 'write',
  input: z.strictObject({ id, patch: patch({ ...requiredOfChild, ...optionalOfChild }) }),
  row: childRow,
  rows: 'one',
  sql: (input) => sql`
    UPDATE public.children AS child SET ${assignments(childColumnOf, input.patch)}
    WHERE child.id = ${input.id}
    RETURNING ${childColumns}`,
  samples: [
    { id: 'c1', patch: { room: 'Acorns', medicalNotes: null, allergies: ['Peanuts'] } },
    { id: 'c1', patch: { dateOfBirth: new Date('2022-03-01T00:00:00Z'), tuitionRate: null } },
    { id: 'c1', patch: { epiPenRequired: true, ageGroup: 'infant', bloodType: 'O-' } },
  ],
});

/** Marks an enrolled child as unenrolled; null for one that is not enrolled. */
export const markUnenrolled = defineQuery({
  name: 'markUnenrolled',
  access: 'write',
  input: z.strictObject({
    id,
    reason: filledText(2000),
    at: instant,
    /** What the child is from now on. */
    status: z.enum(['unenrolled', 'aged_out']).default('unenrolled'),
  }),
  row: childRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    UPDATE public.children AS child
    SET is_active = false, enrollment_status = ${input.status},
      unenrollment_date = ${sql.timestamp(input.at)}, unenrollment_reason = ${input.reason}
    WHERE child.id = ${input.id} AND child.is_active IS DISTINCT FROM false
    RETURNING ${childColumns}`,
  samples: [{ id: 'c1', reason: 'Moved away', at: new Date('2026-01-31T00:00:00Z') }],
});

/**
 * Ends the enrolment of a child. The first reason and date stay: a second call is refused.
 *
 * @throws AlreadyUnenrolledError
 * @throws NotFoundError
 */
export async function unenrollChild(
  db: WriteDatabase,
  input: InputOf<typeof markUnenrolled>,
): Promise<Child> {
  const child = await markUnenrolled(db, input);
  if (child !== null) return child;
  if ((await getChild(db, { id: input.id })) !== null) throw new AlreadyUnenrolledError();
  throw new NotFoundError('unenrollChild found no child of that id.');
}

/**
 * Sets what the payment service knows a child by. Keys that are absent stay as they are, null clears.
 *
 * @throws NotFoundError
 */
export const setStripeRefs = defineQuery({
  name: 'setStripeRefs',
  access: 'write',
  input: z.strictObject({
    childId: id,
    refs: patch({
      customerId: text.max(255).nullable(),
      subscriptionId: text.max(255).nullable(),
      status: text.max(255).nullable(),
    }),
  }),
  row: childRow,
  rows: 'one',
  sql: ({ childId, refs }) => sql`
    UPDATE public.children AS child
    SET ${assignments(
      {
        customerId: 'stripe_customer_id',
        subscriptionId: 'stripe_subscription_id',
        status: 'subscription_status',
      },
      refs,
    )}
    WHERE child.id = ${childId}
    RETURNING ${childColumns}`,
  samples: [
    { childId: 'c1', refs: { customerId: 'cus_1', subscriptionId: 'sub_1', status: 'active' } },
  ],
});
