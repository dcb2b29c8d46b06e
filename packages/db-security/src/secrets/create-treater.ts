import type { KeyRing } from '../keys/key-ring.ts';
import { treatBlindIndex } from './treat-blind-index.ts';
import { treatEncrypt } from './treat-encrypt.ts';
import { treatEncryptJson } from './treat-encrypt-json.ts';
import { treatHash } from './treat-hash.ts';
import { treatReduce } from './treat-reduce.ts';
import type { Treater } from './treater.ts';
import type { SecretTreatment } from './treatment.ts';

/** What the treatments of one run share. */
export interface TreaterOptions {
  readonly keyRing: KeyRing;
  /** The passphrase that older code encrypted with, for treatments with `legacyCipher`. */
  readonly legacyCipherKey?: string | undefined;
  /** bcrypt cost of `hash` treatments. @default 12 */
  readonly cost?: number | undefined;
}

/** The judge of a treatment's rows. */
export function createTreater(treatment: SecretTreatment, options: TreaterOptions): Treater {
  switch (treatment.treatment) {
    case 'hash':
      return treatHash(treatment, options);
    case 'blind-index':
      return treatBlindIndex(treatment, options);
    case 'encrypt':
      return treatEncrypt(treatment, options);
    case 'encrypt-json':
      return treatEncryptJson(treatment, options);
    case 'reduce':
      return treatReduce();
  }
}
