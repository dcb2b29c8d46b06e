export { type BinarySet, findBinaries } from './binaries.ts';
export { type PostgresServer, type StartOptions, startPostgres } from './server.ts';
