import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { defineQuery, type InputOf, type RowOf } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { userProfilesRow } from '../../rows/index.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { changedLinks, replaceLinks } from '../replace-links.ts';

/** Waits for whoever is changing a profile, until the transaction ends. */
export const lockProfile = defineQuery({
  name: 'lockProfile',
  access: 'write',
  input: z.strictObject({ id }),
  row: userProfilesRow.pick({ id: true }),
  rows: 'one',
  sql: ({ id }) => sql`SELECT id FROM public.user_profiles WHERE id = ${id} FOR NO KEY UPDATE`,
  samples: [{ id: 'p1' }],
});

/** What `setProfileChildren` asks under its lock. */
export const replaceProfileChildren = defineQuery({
  name: 'replaceProfileChildren',
  access: 'write',
  input: z.strictObject({ profileId: id, childIds: z.array(id).max(100) }),
  row: changedLinks,
  rows: 'one',
  sql: ({ profileId, childIds }) =>
    replaceLinks(
      { table: sql`public.user_profile_children`, owner: sql`profile_id`, member: sql`child_id` },
      profileId,
      childIds,
    ),
  samples: [{ profileId: 'p1', childIds: ['c1'] }],
});

/**
 * Makes these, and no others, the children of a profile; gives how many came or went. Two at once follow one another.
 *
 * @throws NotFoundError
 * @throws ForeignKeyViolationError for a child that does not exist
 *
 * @example
 * await setProfileChildren(db, { profileId: profile.id, childIds: ['c1'] });
 * // BEGIN; SELECT … FOR NO KEY UPDATE; WITH gone AS (DELETE …), come AS (INSERT …) SELECT … AS changed; COMMIT
 */
export function setProfileChildren(
  db: WriteDatabase,
  input: InputOf<typeof replaceProfileChildren>,
): Promise<RowOf<typeof replaceProfileChildren>> {
  return withTransaction(db, {}, async (tx) => {
    await lockProfile(tx, { id: input.profileId });
    return replaceProfileChildren(tx, input);
  });
}
