/**
 * What a hash may cost: the settings of each algorithm, their defaults, and the least that OWASP's
 * Password Storage Cheat Sheet allows. What a machine can bear is the matter of `cost-limits.ts`.
 */
import { SecretRefusedError } from '../errors.ts';

/** The cost of a bcrypt hash. */
export interface BcryptCost {
  readonly algorithm: 'bcrypt';
  /** 10 to 16; each step doubles the work. 12 takes about 0.4 s of one core. @default 12 */
  readonly cost: number;
}

/** The cost of an argon2id hash (RFC 9106). */
export interface Argon2idCost {
  readonly algorithm: 'argon2id';
  /** Memory in KiB. @default 19456 */
  readonly memoryKiB: number;
  /** Passes over the memory, the `t` of a stored hash. @default 2 */
  readonly passes: number;
  /** Lanes, computed one after another. @default 1 */
  readonly parallelism: number;
}

/** The cost of a scrypt hash (RFC 7914). It fills 128 · 2^costLog2 · blockSize bytes. */
export interface ScryptCost {
  readonly algorithm: 'scrypt';
  /** Binary logarithm of N. @default 17 */
  readonly costLog2: number;
  /** r. @default 8 */
  readonly blockSize: number;
  /** p: how often the work is done, one after another. @default 1 */
  readonly parallelism: number;
}

/** All settings of one algorithm. What {@link calibrateCost} gives, to be spread into the options of a hash. */
export type HashCost = BcryptCost | Argon2idCost | ScryptCost;

/** An algorithm that credentials are hashed with. */
export type HashAlgorithm = HashCost['algorithm'];

type Settings<C> = { readonly [K in keyof C as Exclude<K, 'algorithm'>]?: C[K] | undefined };

/** An algorithm and those of its settings that differ from the default; bcrypt when none is named. */
export type HashParameters =
  | ({ readonly algorithm?: 'bcrypt' | undefined } & Settings<BcryptCost>)
  | ({ readonly algorithm: 'argon2id' } & Settings<Argon2idCost>)
  | ({ readonly algorithm: 'scrypt' } & Settings<ScryptCost>);

/** What is used where nothing is said: for argon2id and scrypt OWASP's minimum, for bcrypt four times that. */
export const DEFAULT_COSTS = {
  bcrypt: { algorithm: 'bcrypt', cost: 12 },
  argon2id: { algorithm: 'argon2id', memoryKiB: 19_456, passes: 2, parallelism: 1 },
  scrypt: { algorithm: 'scrypt', costLog2: 17, blockSize: 8, parallelism: 1 },
} as const satisfies Record<HashAlgorithm, HashCost>;

export const LOWEST_BCRYPT_COST = 10;

/** Memory and passes that OWASP calls equally strong. */
const ARGON2ID_MINIMA: readonly Pick<Argon2idCost, 'memoryKiB' | 'passes'>[] = [
  { memoryKiB: 47_104, passes: 1 },
  { memoryKiB: 19_456, passes: 2 },
  { memoryKiB: 12_288, passes: 3 },
  { memoryKiB: 9_216, passes: 4 },
  { memoryKiB: 7_168, passes: 5 },
];

/** N and p that OWASP calls equally strong, all with r = 8. */
const SCRYPT_MINIMA: readonly Pick<ScryptCost, 'costLog2' | 'parallelism'>[] = [
  { costLog2: 17, parallelism: 1 },
  { costLog2: 16, parallelism: 2 },
  { costLog2: 15, parallelism: 3 },
  { costLog2: 14, parallelism: 5 },
  { costLog2: 13, parallelism: 10 },
];

/**
 * Fills in the defaults.
 *
 * @throws {SecretRefusedError} when a setting is no whole number, unknown to the algorithm, or below OWASP's minimum.
 */
export function resolveCost(parameters: HashParameters): HashCost {
  const algorithm: string = parameters.algorithm ?? 'bcrypt';
  if (!Object.hasOwn(DEFAULT_COSTS, algorithm)) {
    throw new SecretRefusedError(
      `There is no algorithm "${algorithm}" here. Use bcrypt, argon2id or scrypt.`,
    );
  }
  const cost = withDefaults(parameters);
  const settings = Object.values(cost).filter((value) => value !== cost.algorithm);
  if (!settings.every((value) => Number.isSafeInteger(value) && Number(value) >= 1)) {
    throw new SecretRefusedError(
      `A setting of ${cost.algorithm} is not a positive whole number. Use the defaults, or what calibrateCost gives.`,
    );
  }
  if (!isStrongEnough(cost)) {
    throw new SecretRefusedError(
      `The cost of ${cost.algorithm} is below OWASP's minimum. Use the defaults, or what calibrateCost gives.`,
    );
  }
  return cost;
}

function withDefaults(parameters: HashParameters): HashCost {
  switch (parameters.algorithm) {
    case 'argon2id': {
      const { memoryKiB, passes, parallelism } = DEFAULT_COSTS.argon2id;
      return {
        algorithm: 'argon2id',
        memoryKiB: parameters.memoryKiB ?? memoryKiB,
        passes: parameters.passes ?? passes,
        parallelism: parameters.parallelism ?? parallelism,
      };
    }
    case 'scrypt': {
      const { costLog2, blockSize, parallelism } = DEFAULT_COSTS.scrypt;
      return {
        algorithm: 'scrypt',
        costLog2: parameters.costLog2 ?? costLog2,
        blockSize: parameters.blockSize ?? blockSize,
        parallelism: parameters.parallelism ?? parallelism,
      };
    }
    default:
      return { algorithm: 'bcrypt', cost: parameters.cost ?? DEFAULT_COSTS.bcrypt.cost };
  }
}

function isStrongEnough(cost: HashCost): boolean {
  switch (cost.algorithm) {
    case 'bcrypt':
      return cost.cost >= LOWEST_BCRYPT_COST;
    case 'argon2id':
      return ARGON2ID_MINIMA.some(
        (least) => cost.memoryKiB >= least.memoryKiB && cost.passes >= least.passes,
      );
    case 'scrypt':
      return (
        cost.blockSize >= DEFAULT_COSTS.scrypt.blockSize &&
        SCRYPT_MINIMA.some(
          (least) => cost.costLog2 >= least.costLog2 && cost.parallelism >= least.parallelism,
        )
      );
  }
}
