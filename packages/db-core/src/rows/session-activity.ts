// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Log of the requests made in a login */
export const sessionActivityRow = z.object({
  id: pgType.text,
  sessionId: pgType.text,
  action: pgType.text,
  path: pgType.text.nullable(),
  timestamp: pgType.timestamp,
  /** JSON as text, or a sentence; may hold request bodies until secrets are treated */
  details: pgType.text.nullable(),
});
