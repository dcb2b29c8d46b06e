// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Which parent is a guardian of which child; kept in step with parents.children_ids */
export const childGuardiansRow = z.object({
  /** The guardian */
  parentId: pgType.text,
  /** The child */
  childId: pgType.text,
  /** What the guardian is to the child, such as mother or grandfather */
  relationship: pgType.text.nullable(),
  /** Where the link came from: application, or the column it was made from */
  source: pgType.text,
  /** When the link was made */
  createdAt: pgType.timestamptz,
});
