// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Notes of the staff about a child */
export const teacherNotesRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  staffId: pgType.text,
  date: pgType.timestamp,
  note: pgType.text,
  category: pgType.text.nullable(),
  createdAt: pgType.timestamp,
});
