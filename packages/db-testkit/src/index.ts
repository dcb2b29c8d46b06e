export {
  type BinarySet,
  ServerAccountError,
  ServerNotFoundError,
  ServerStartError,
} from '@tothub/db-embedded/parts';
export { type Contender, type Measured, type MeasureOptions, measure } from './bench/measure.ts';
export { scenarioTable } from './bench/report.ts';
export { writeSection } from './bench/write-section.ts';
export { findBinaries } from './binaries.ts';
export {
  DataDirectoryError,
  DataDirectoryInUseError,
  FixtureTargetError,
  PoolerNotFoundError,
  PoolerStartError,
  ServerInstallError,
  TestkitError,
} from './errors.ts';
export { LEGACY_CIPHER_KEY } from './legacy/legacy-cipher.ts';
export { type LegacyFixture, type LegacyFixtureOptions, loadLegacyFixture } from './legacy/load.ts';
export { legacySchemaFiles } from './legacy-schema.ts';
export {
  type Pgbouncer,
  type PgbouncerOptions,
  pgbouncerBinary,
  startPgbouncer,
} from './pgbouncer.ts';
export type { PostgresServer } from './serve-cluster.ts';
export { type StartOptions, startPostgres } from './server.ts';
export { type TcpProxy, type TcpProxyOptions, tcpProxy } from './tcp-proxy.ts';
