import { whyRefused } from '../../credentials/prepare-secret.ts';
import { identifyHash, type StoredHash } from '../../credentials/stored-hash.ts';
import { classifyValue } from '../../secrets/value-kind.ts';

/**
 * What a value of a credentials column is, as far as it tells.
 * `digits` and `text` are plaintext. `hash` is a hash that can be verified here. The others could be either:
 * `other-hash` has the form of another program's hash, or of one with spaces around it; `token`, `ciphertext`,
 * `identifier` and `json` look like such; `blank` is nothing but spaces; `too-long` is more than can be hashed.
 */
export type ColumnClass =
  | 'null'
  | 'empty'
  | 'hash'
  | 'digits'
  | 'text'
  | 'blank'
  | 'token'
  | 'ciphertext'
  | 'identifier'
  | 'json'
  | 'other-hash'
  | 'too-long';

/** A class, and for hashes which kind. */
export interface ClassifiedValue {
  readonly class: ColumnClass;
  readonly kind?: string;
}

/**
 * What becomes of values whose class does not tell. Hashing a value that is a hash or ciphertext of a secret locks its
 * user out; keeping one that is a secret leaves it in the clear.
 */
export interface ClassTreatment {
  readonly blank?: 'hash' | 'keep' | undefined;
  readonly token?: 'hash' | 'keep' | undefined;
  readonly ciphertext?: 'hash' | 'keep' | undefined;
  readonly identifier?: 'hash' | 'keep' | undefined;
  readonly json?: 'hash' | 'keep' | undefined;
  readonly 'other-hash'?: 'keep' | undefined;
  readonly 'too-long'?: 'keep' | undefined;
}

/** What is done with a class; `undecided` when nobody has said. */
export type ClassAction = 'nothing' | 'done' | 'hash' | 'keep' | 'undecided';

/** Tells the class of a value. `isUnlimited`: more than 72 bytes can be hashed. */
export function classifyColumnValue(value: string | null, isUnlimited: boolean): ClassifiedValue {
  if (value === null) return { class: 'null' };
  if (value === '') return { class: 'empty' };
  const hash = identifyHash(value);
  if (hash !== undefined) {
    return { class: hash.kind === 'other' ? 'other-hash' : 'hash', kind: kindOf(hash) };
  }
  const kind = classifyValue(value);
  if (kind === 'hash') return { class: 'other-hash', kind: 'with spaces around it' };
  if (whyRefused(value, isUnlimited) !== undefined) return { class: 'too-long' };
  return { class: kind === 'empty' ? 'blank' : kind };
}

/** What is done with values of a class. */
export function actionFor(found: ColumnClass, treat: ClassTreatment): ClassAction {
  switch (found) {
    case 'null':
    case 'empty':
      return 'nothing';
    case 'hash':
      return 'done';
    case 'digits':
    case 'text':
      return 'hash';
    default:
      return treat[found] ?? 'undecided';
  }
}

function kindOf(hash: StoredHash): string {
  if (hash.kind === 'other') return hash.scheme;
  const digest =
    hash.digest === undefined ? '' : hash.digest.by === 'pepper' ? ', peppered' : ', digested';
  switch (hash.kind) {
    case 'bcrypt':
      return `bcrypt $2${hash.variant}$ cost ${hash.cost}${digest}`;
    case 'argon2':
      return `${hash.variant} m=${hash.memoryKiB} t=${hash.passes}${digest}`;
    case 'scrypt':
      return `scrypt ln=${hash.costLog2} r=${hash.blockSize}${digest}`;
  }
}
