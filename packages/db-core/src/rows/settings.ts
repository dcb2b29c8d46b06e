// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Settings of the application by key */
export const settingsRow = z.object({
  id: pgType.text,
  key: pgType.text,
  value: pgType.text,
  updatedAt: pgType.timestamp.nullable(),
});
