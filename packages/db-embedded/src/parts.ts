/** What a server is started from, piece by piece, for packages that start servers of their own kind. */
export { type Account, canEnter, giveTo, serverAccount } from './account.ts';
export { type BinarySet, binariesIn, EMBEDDED, findBinaries } from './binaries.ts';
export { type ClusterHome, LOCAL_ONLY, makeScratch } from './cluster-home.ts';
export { ServerAccountError, ServerNotFoundError, ServerStartError } from './errors.ts';
export { freePort, isFreePort } from './free-port.ts';
export { type GuardedProcess, startGuarded } from './guarded-process.ts';
export { INITDB, initdb, serverEnvironment } from './initdb.ts';
export { launch } from './launch.ts';
export { keptRoot, scratchRoot } from './places.ts';
export { isAlive, isServing, readPostmasterFile } from './postmaster-file.ts';
export { buildKey, reachableBinDir } from './reachable-binaries.ts';
export { makeThrowawayCluster } from './throwaway-cluster.ts';
