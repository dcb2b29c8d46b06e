/**
 * argon2 from whichever implementation is there: `@node-rs/argon2` first, which needs less than half of the
 * processor time, then Node's own (24.7 and later). Both give the same bytes.
 */
import * as crypto from 'node:crypto';
import type { Argon2Parameters } from './argon2-string.ts';

/** Computes an argon2 hash; undefined where the implementation lacks that version of argon2. */
export type DeriveArgon2 = (
  secret: string,
  salt: Buffer,
  parameters: Argon2Parameters,
  hashBytes: number,
) => Buffer | undefined;

/** What is used of `@node-rs/argon2`. */
export interface NativeArgon2 {
  hashRawSync(
    secret: Buffer,
    options: {
      algorithm: number;
      version: number;
      memoryCost: number;
      timeCost: number;
      parallelism: number;
      outputLen: number;
      salt: Buffer;
    },
  ): Buffer;
}

/** Node's own argon2, or undefined before 24.7. */
export const builtInArgon2: typeof crypto.argon2Sync | undefined = crypto.argon2Sync;

/** The implementation to use, or undefined when there is none. */
export async function loadArgon2(
  importNative: () => Promise<NativeArgon2>,
  builtIn: typeof builtInArgon2,
): Promise<DeriveArgon2 | undefined> {
  // Not installed, or installed without the binary of this platform: the other one serves as well.
  const native = await importNative().catch(() => undefined);
  if (native !== undefined) return fromNative(native);
  return builtIn === undefined ? undefined : fromBuiltIn(builtIn);
}

const NATIVE_ALGORITHMS = { argon2d: 0, argon2i: 1, argon2id: 2 };
const NATIVE_VERSIONS = { 16: 0, 19: 1 };

function fromNative({ hashRawSync }: NativeArgon2): DeriveArgon2 {
  return (secret, salt, parameters, hashBytes) =>
    hashRawSync(Buffer.from(secret, 'utf8'), {
      algorithm: NATIVE_ALGORITHMS[parameters.variant],
      version: NATIVE_VERSIONS[parameters.version],
      memoryCost: parameters.memoryKiB,
      timeCost: parameters.passes,
      parallelism: parameters.parallelism,
      outputLen: hashBytes,
      salt,
    });
}

function fromBuiltIn(argon2Sync: typeof crypto.argon2Sync): DeriveArgon2 {
  return (secret, salt, parameters, hashBytes) =>
    parameters.version === 19
      ? argon2Sync(parameters.variant, {
          message: secret,
          nonce: salt,
          memory: parameters.memoryKiB,
          passes: parameters.passes,
          parallelism: parameters.parallelism,
          tagLength: hashBytes,
        })
      : undefined;
}
