// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Which child belongs to which user profile; kept in step with user_profiles.children_ids */
export const userProfileChildrenRow = z.object({
  /** The user profile */
  profileId: pgType.text,
  /** The child */
  childId: pgType.text,
  /** Where the link came from: application, or the column it was made from */
  source: pgType.text,
  /** When the link was made */
  createdAt: pgType.timestamptz,
});
