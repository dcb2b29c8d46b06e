// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Photos and videos of a child that staff share with its parents */
export const mediaSharesRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  staffId: pgType.text,
  mediaUrl: pgType.text,
  mediaType: pgType.text,
  caption: pgType.text.nullable(),
  isVisible: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
});
