// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/**
 * Everybody and everything that ever acted: one row per id that a who-did-it column holds; no
 * personal data
 */
export const principalsRow = z.object({
  /** The id as the who-did-it columns hold it */
  id: pgType.text,
  /**
   * staff, parent, user (built in: 1, 2, 3), system (admin, system) or unknown (found in a row,
   * known nowhere else)
   */
  kind: pgType.text,
  /** Table, or table and column, that first named this actor */
  firstSeenIn: pgType.text,
  /** When the actor was entered here */
  firstSeenAt: pgType.timestamptz,
});
