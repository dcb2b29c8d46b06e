/**
 * Which program makes the dump: a native `pg_dump` that fits the server, else the one compiled to WebAssembly.
 */
import { withConnection } from './connection/connect.ts';
import { queryRow } from './connection/query-rows.ts';
import { FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT } from './connection/server-versions.ts';
import { EngineUnavailableError } from './errors.ts';
import { findTools, type PostgresTools } from './native/find-tools.ts';
import { WASM_PG_DUMP } from './wasm/run-pg-dump.ts';

export type EngineChoice = 'auto' | 'native' | 'wasm';

/** One program that could make a dump here, and whether it fits the server. */
export interface EngineCandidate {
  readonly engine: 'native' | 'wasm';
  readonly version: string;
  /** Folder of the native tools. */
  readonly binDir?: string;
  /** False with the reason when the server is known and does not fit. */
  readonly fits: boolean;
  readonly reason: string;
}

export interface EngineDescription {
  /** Null when no connection string was given. */
  readonly server: { readonly version: string; readonly major: number } | null;
  readonly candidates: readonly EngineCandidate[];
  /** What `engine: 'auto'` takes; null when nothing fits. */
  readonly chosen: EngineCandidate | null;
}

export type Engine =
  | { readonly name: 'native'; readonly version: string; readonly tools: PostgresTools }
  | { readonly name: 'wasm'; readonly version: string };

/**
 * Says which engine would make a backup here, and why. Reads the version of the server where a connection
 * string is given.
 *
 * @throws ConnectionFailedError when the server cannot be reached
 * @example
 * ```ts
 * const { chosen } = await describeEngines({ connectionString: url });
 * ```
 */
export async function describeEngines(
  options: { readonly connectionString?: string; readonly binDir?: string } = {},
): Promise<EngineDescription> {
  const server =
    options.connectionString === undefined
      ? null
      : await withConnection(options.connectionString, undefined, async (client) => {
          const { version, major } = await queryRow<{ version: string; major: string }>(
            client,
            `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major`,
          );
          return { version, major: Number(major) };
        });
  const candidates = [
    ...(await findTools(options.binDir)).map((tools) => nativeCandidate(tools, server?.major)),
    wasmCandidate(server?.major),
  ];
  return { server, candidates, chosen: candidates.find((candidate) => candidate.fits) ?? null };
}

/** Chooses the engine for a server. @throws EngineUnavailableError with what was found and why it does not fit */
export async function chooseEngine(
  choice: EngineChoice,
  serverMajor: number,
  binDir?: string,
): Promise<Engine> {
  const found = choice === 'wasm' ? [] : await findTools(binDir);
  const tools = found.find((candidate) => nativeCandidate(candidate, serverMajor).fits);
  if (tools) return { name: 'native', version: tools.version, tools };
  const wasm = wasmCandidate(serverMajor);
  if (choice !== 'native' && wasm.fits) return { name: 'wasm', version: wasm.version };
  const reasons = [
    ...found.map((candidate) => nativeCandidate(candidate, serverMajor).reason),
    ...(choice === 'native' ? [] : [wasm.reason]),
  ];
  throw new EngineUnavailableError(
    `No ${choice === 'auto' ? '' : `${choice} `}engine fits a PostgreSQL ${serverMajor} server: ${reasons.join('; ') || 'no pg_dump was found'}. Install the PostgreSQL ${serverMajor} client tools, or name their folder (binDir)${choice === 'native' ? ', or use the engine "wasm"' : ''}.`,
  );
}

function nativeCandidate(tools: PostgresTools, serverMajor: number | undefined): EngineCandidate {
  const candidate = { engine: 'native', version: tools.version, binDir: tools.binDir } as const;
  const named = `pg_dump ${tools.version} in ${tools.binDir}`;
  if (serverMajor !== undefined && tools.major < serverMajor) {
    return { ...candidate, fits: false, reason: `${named} is older than the server` };
  }
  if (
    serverMajor !== undefined &&
    serverMajor < FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT &&
    tools.major >= FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT
  ) {
    return {
      ...candidate,
      fits: false,
      reason: `${named} writes settings that a PostgreSQL ${serverMajor} server refuses on restore`,
    };
  }
  return { ...candidate, fits: true, reason: `${named} is not older than the server` };
}

function wasmCandidate(serverMajor: number | undefined): EngineCandidate {
  const candidate = { engine: 'wasm', version: WASM_PG_DUMP.version } as const;
  const named = `pg_dump ${WASM_PG_DUMP.version} in WebAssembly`;
  return serverMajor !== undefined && serverMajor > WASM_PG_DUMP.major
    ? { ...candidate, fits: false, reason: `${named} is older than the server` }
    : { ...candidate, fits: true, reason: `${named} comes with this package` };
}
