// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Locks, keypads and readers */
export const securityDevicesRow = z.object({
  id: pgType.text,
  name: pgType.text,
  type: pgType.text,
  location: pgType.text,
  connectionType: pgType.text,
  /** JSON as text that the application parses; may hold an API key until secrets are treated */
  connectionConfig: pgType.text,
  isEnabled: pgType.bool.nullable(),
  unlockDuration: pgType.int4.nullable(),
  failSafeMode: pgType.text.nullable(),
  lastPing: pgType.timestamp.nullable(),
  status: pgType.text.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
  /** The secret members of connection_config, encrypted */
  connectionConfigCiphertext: pgType.text.nullable(),
});
