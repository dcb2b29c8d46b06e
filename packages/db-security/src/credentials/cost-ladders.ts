/** The costs that calibration chooses from: OWASP's minimum first, then more memory, then more passes. */
import {
  type Argon2idCost,
  type BcryptCost,
  DEFAULT_COSTS,
  type HashAlgorithm,
  type HashCost,
  LOWEST_BCRYPT_COST,
  type ScryptCost,
} from './hash-parameters.ts';

const bcryptStep = (cost: number): BcryptCost => ({ algorithm: 'bcrypt', cost });
const argon2idStep = (memoryKiB: number, passes: number): Argon2idCost => ({
  ...DEFAULT_COSTS.argon2id,
  memoryKiB,
  passes,
});
const scryptStep = (costLog2: number, parallelism: number): ScryptCost => ({
  ...DEFAULT_COSTS.scrypt,
  costLog2,
  parallelism,
});
const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** The costs of each algorithm in the order of their work. */
export const COST_LADDERS: Readonly<Record<HashAlgorithm, readonly HashCost[]>> = {
  bcrypt: from(LOWEST_BCRYPT_COST, 16).map(bcryptStep),
  argon2id: [
    ...[19_456, 32_768, 47_104].map((memoryKiB) => argon2idStep(memoryKiB, 2)),
    ...from(2, 64).map((passes) => argon2idStep(65_536, passes)),
  ],
  scrypt: [scryptStep(17, 1), ...from(1, 8).map((parallelism) => scryptStep(18, parallelism))],
};

/** What a cost stands for in time, in a unit of its algorithm. */
export function workOf(cost: HashCost): number {
  switch (cost.algorithm) {
    case 'bcrypt':
      return 2 ** cost.cost;
    case 'argon2id':
      return cost.memoryKiB * cost.passes;
    case 'scrypt':
      return 2 ** cost.costLog2 * cost.blockSize * cost.parallelism;
  }
}
