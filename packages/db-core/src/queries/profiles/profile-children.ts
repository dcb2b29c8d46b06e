import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';

/** Makes these, and no others, the children of a profile. Gives how many came or went. */
export const setProfileChildren = defineQuery({
  name: 'setProfileChildren',
  access: 'write',
  input: z.strictObject({ profileId: id, childIds: z.array(id).max(100) }),
  row: z.object({ changed: pgType.int4 }),
  rows: 'one',
  sql: ({ profileId, childIds }) => sql`
    WITH gone AS (
      DELETE FROM public.user_profile_children
      WHERE profile_id = ${profileId} AND child_id <> ALL (${sql.array(childIds, 'text')})
      RETURNING child_id
    ), come AS (
      INSERT INTO public.user_profile_children (profile_id, child_id)
      SELECT ${profileId}, listed.id
      FROM (SELECT DISTINCT unnest(${sql.array(childIds, 'text')})) AS listed (id) ORDER BY listed.id
      ON CONFLICT DO NOTHING
      RETURNING child_id
    )
    SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM come))::int4 AS changed`,
  samples: [{ profileId: 'p1', childIds: ['c1'] }],
});
