/** Names of the commands, which the report divides by one another. */
export const NAMES = {
  zstd: '`pg_dump -Fc -Z0 \\| zstd -3`',
  gzip: '`pg_dump -Fc`',
  gzip1: '`pg_dump -Fc -Z1`',
  directory: '`pg_dump -Fd -j2 -Z1`',
  copy: '`COPY` to nothing',
  full: 'ours: encrypted, signed, hashed',
  full2: 'ours, 2 jobs: encrypted, signed, hashed',
  sample: 'ours: encrypted, signed, a sample hashed',
  counted: 'ours: encrypted, signed, counted',
  counted2: 'ours, 2 jobs: encrypted, signed, counted',
  wasm: 'ours, WebAssembly: encrypted, signed, hashed',
  wasmCounted: 'ours, WebAssembly: encrypted, signed, counted',
  nodeZstd: '`pg_dump -Fc -Z0` through the zstd of Node.js',
} as const;

/** Command lines, each of which writes into the folder and prints how many bytes. */
export function contenders(of: {
  readonly folder: string;
  readonly recipient: string;
  /** Program that takes one backup. */
  readonly take: string;
}): Record<string, string> {
  const file = `${of.folder}/dump`;
  const size = `du -sb --apparent-size ${of.folder} | cut -f1`;
  const ours = (engine: string, hash: string, jobs: number): string =>
    `${process.execPath} --disable-warning=ExperimentalWarning ${of.take} ${of.folder} ${engine} ${hash} ${jobs} ${of.recipient}`;
  const throughNode = [
    `import { createZstdCompress as z, constants as c } from 'node:zlib'`,
    `import { pipeline } from 'node:stream/promises'`,
    `await pipeline(process.stdin, z({ params: { [c.ZSTD_c_compressionLevel]: 3 } }), process.stdout)`,
  ].join('; ');
  const copies = ['account', 'note'].map(
    (table) => `psql -qAtXc 'COPY ${table} TO STDOUT' > /dev/null`,
  );
  return {
    [NAMES.zstd]: `pg_dump -Fc -Z0 | zstd -q -3 > ${file}; ${size}`,
    [NAMES.gzip]: `pg_dump -Fc > ${file}; ${size}`,
    [NAMES.gzip1]: `pg_dump -Fc -Z1 > ${file}; ${size}`,
    [NAMES.directory]: `pg_dump -Fd -j2 -Z1 -f ${file}; ${size}`,
    [NAMES.nodeZstd]: `pg_dump -Fc -Z0 | ${process.execPath} --input-type=module -e "${throughNode}" > ${file}; ${size}`,
    [NAMES.copy]: copies.join('; '),
    [NAMES.full]: ours('native', 'full', 1),
    [NAMES.full2]: ours('native', 'full', 2),
    [NAMES.sample]: ours('native', 'sample', 1),
    [NAMES.counted]: ours('native', 'none', 1),
    [NAMES.counted2]: ours('native', 'none', 2),
    [NAMES.wasm]: ours('wasm', 'full', 1),
    [NAMES.wasmCounted]: ours('wasm', 'none', 1),
  };
}
