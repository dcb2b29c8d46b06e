/** The objects of a dump in the order of a restore, whichever engine wrote it and in however many files it lies. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RelationName } from '@tothub/db-catalog';
import { counting } from '../../counting.ts';
import { errorCode } from '../../errors.ts';
import type { PostgresTools } from '../../native/find-tools.ts';
import { toolPath } from '../../native/find-tools.ts';
import { runTool } from '../../native/run-tool.ts';
import type { DumpFile, OpenedBackup } from '../../storage/open-backup.ts';
import { type Part, readParts } from '../../wasm/container.ts';
import { readScript, type ScriptPiece } from './read-script.ts';

/** An object of the definitions, or rows, large objects and places of sequences in the way of either engine. */
export type ArchivePiece =
  | { readonly kind: 'sql'; readonly key: string; readonly piece: ScriptPiece }
  | { readonly kind: 'part'; readonly key: string; readonly part: Part };

type Section = 'pre-data' | 'data' | 'post-data';

interface ReadOptions {
  /** Undefined for a dump of the WebAssembly engine. */
  readonly tools: PostgresTools | undefined;
  /** Only these need to be read, if the reader can leave out others. */
  readonly only?: readonly RelationName[] | undefined;
  /** Reads the files of rows where a backup has several; without it they come one after the other. */
  readonly readDataFiles?: (files: readonly AsyncIterable<ArchivePiece>[]) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (doneBytes: number) => void;
}

/**
 * Reads a dump object by object: definitions, then rows, then indexes, constraints and the like. `key` is the same for
 * the same object whenever the backup is read.
 */
export async function* archivePieces(
  backup: OpenedBackup,
  options: ReadOptions,
): AsyncGenerator<ArchivePiece> {
  const { dump, dataFiles } = backup;
  const done = [dump, ...dataFiles].map(() => 0);
  const read = (file: DumpFile, index: number) =>
    counting(file.read(), (bytes) => {
      done[index] = Math.max(bytes, done[index] ?? 0);
      options.onBytes?.(done.reduce((a, b) => a + b));
    });
  const { tools } = options;
  const dataPieces = (file: DumpFile, index: number): AsyncIterable<ArchivePiece> =>
    tools
      ? sectionPieces(read(file, index), 'data', { ...options, tools, file: `${index} ` })
      : containerPieces(read(file, index), `data ${index}`);
  async function* allDataFiles(): AsyncGenerator<ArchivePiece> {
    const files = dataFiles.map((file, index) => dataPieces(file, index + 1));
    if (options.readDataFiles) await options.readDataFiles(files);
    else for (const file of files) yield* file;
  }
  if (tools) {
    yield* sectionPieces(read(dump, 0), 'pre-data', { ...options, tools });
    if (dataFiles.length > 0) yield* allDataFiles();
    else yield* dataPieces(dump, 0);
    yield* sectionPieces(read(dump, 0), 'post-data', { ...options, tools });
    return;
  }
  for await (const one of containerPieces(read(dump, 0), 'dump')) {
    // Both halves of the definitions are in one file: the rows go in between.
    if (one.key === FIRST_OF_POST_DATA && dataFiles.length > 0) yield* allDataFiles();
    yield one;
  }
}

const FIRST_OF_POST_DATA = 'dump post-data 0';

async function* containerPieces(
  dump: AsyncIterable<Buffer>,
  file: string,
): AsyncGenerator<ArchivePiece> {
  let number = 0;
  for await (const part of readParts(dump)) {
    const { header, contents } = part;
    if (header.kind !== 'script') {
      yield { kind: 'part', key: `${file} part ${number++}`, part };
      continue;
    }
    let index = 0;
    for await (const piece of readScript(contents as AsyncIterable<Buffer>))
      yield { kind: 'sql', key: `${file} ${header.section} ${index++}`, piece };
  }
}

/** What `pg_restore` makes of one section, read while it writes. It stops when the reading does. */
async function* sectionPieces(
  dump: AsyncIterable<Buffer>,
  section: Section,
  {
    tools,
    only = [],
    signal,
    file = '',
  }: ReadOptions & { readonly tools: PostgresTools; readonly file?: string },
): AsyncGenerator<ArchivePiece> {
  const args = [
    '--format=custom',
    '--verbose',
    '--no-owner',
    '--no-acl',
    '--no-subscriptions',
    '--no-tablespaces',
    `--section=${section}`,
    ...(section === 'data'
      ? only.flatMap(({ schema, name }) => [`--schema=${schema}`, `--table=${name}`])
      : []),
    '--file=-',
  ];
  const stop = new AbortController();
  const output = Promise.withResolvers<Readable>();
  const running = runTool(
    toolPath(tools.binDir, 'pg_restore'),
    args,
    {
      connectionString: undefined,
      signal: AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]),
    },
    async (tool) => {
      output.resolve(tool.stdout);
      await pipeline(dump, tool.stdin).catch((error: unknown) => {
        // It had enough: its exit code and its words say whether that was a failure.
        if (errorCode(error) !== 'EPIPE') throw error;
      });
    },
  );
  running.catch((error: unknown) => output.reject(error));
  try {
    let index = 0;
    for await (const piece of readScript(await output.promise)) {
      const key = `${file}${section} ${piece.id ?? `- ${index++}`}`;
      yield { kind: 'sql', key, piece };
    }
    await running;
  } finally {
    stop.abort();
    await running.catch(() => undefined);
  }
}
