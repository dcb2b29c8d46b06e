export { type BinarySet, findBinaries } from './binaries.ts';
export { LEGACY_CIPHER_KEY } from './legacy/legacy-cipher.ts';
export { type LegacyFixture, type LegacyFixtureOptions, loadLegacyFixture } from './legacy/load.ts';
export { legacySchemaFiles } from './legacy-schema.ts';
export { type PostgresServer, type StartOptions, startPostgres } from './server.ts';
