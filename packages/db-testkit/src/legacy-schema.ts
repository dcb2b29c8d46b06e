import { fileURLToPath } from 'node:url';

/**
 * The SQL that makes the legacy schema, in order: schema public is the repository's first migration, schema
 * drizzle is Drizzle's own ledger. (This file stays one folder below the package, as its build does, so that
 * the paths hold from both.)
 */
export const legacySchemaFiles: readonly string[] = [
  '../../../migrations/0001_legacy_schema.up.sql',
  '../fixtures/drizzle.sql',
].map((path) => fileURLToPath(new URL(path, import.meta.url)));
