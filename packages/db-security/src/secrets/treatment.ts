/**
 * Secret treatments: which column holds what kind of secret, and what is to become of it. They are data, so
 * that one list drives the scan, the expansion, the contraction and the search for what is left.
 */
import type { RelationName } from '@tothub/db-catalog';
import type { RowSelection } from '../columns/read-rows.ts';
import type { Normalisation } from '../fields/blind-index.ts';
import type { ValueKind } from './value-kind.ts';

interface TreatmentBase {
  readonly table: RelationName;
  /** The column that holds the secret in the clear today. */
  readonly column: string;
  /** Only rows whose column has this text value. */
  readonly when?: { readonly column: string; readonly equals: string } | undefined;
  /**
   * The stable names that keys are derived from. Set them before a rename, so that old ciphertexts stay readable.
   * @default the table's name without its schema, and the column
   */
  readonly logicalName?: { readonly table: string; readonly column: string } | undefined;
  /** Reads that stop matching once the old value is gone; repeated in the reports. */
  readonly breaks?: readonly string[] | undefined;
}

/** A credential that is only ever compared: digits and passwords become bcrypt hashes in `target`. */
export interface HashTreatment extends TreatmentBase {
  readonly treatment: 'hash';
  /** Takes the hash. Without it the column is expected to hold hashes already, and what is none is reported. */
  readonly target?: string | undefined;
  /** Values that look like ciphertext are AES-CBC of digits, opened first with the legacy key. @default false */
  readonly legacyCipher?: boolean | undefined;
}

/** A token that is looked up: a slow blind index in `target`, and its ciphertext in `ciphertext`. */
export interface BlindIndexTreatment extends TreatmentBase {
  readonly treatment: 'blind-index';
  readonly target: string;
  /** Takes the ciphertext, so that the value can still be shown to who may see it. */
  readonly ciphertext?: string | undefined;
  /** scrypt instead of HMAC, for values with few possibilities. @default true */
  readonly slow?: boolean | undefined;
  /** @default 'exact' */
  readonly normalise?: Normalisation | undefined;
}

/** A value that is read back: its ciphertext in `target`. */
export interface EncryptTreatment extends TreatmentBase {
  readonly treatment: 'encrypt';
  readonly target: string;
  /** Kinds of values that are left where they are, such as public identifiers. @default [] */
  readonly leave?: readonly ValueKind[] | undefined;
}

/** JSON in which some values are secret: the whole in `target` as ciphertext, the secrets in the old column become null. */
export interface EncryptJsonTreatment extends TreatmentBase {
  readonly treatment: 'encrypt-json';
  readonly target: string;
  /** Source of a regular expression for the names of secret keys, case-insensitive. @default {@link SECRET_KEYS} */
  readonly secretKeys?: string | undefined;
}

/** A text that holds more than it should: contraction replaces it by what an SQL function makes of it. */
export interface ReduceTreatment extends TreatmentBase {
  readonly treatment: 'reduce';
  /** A function of one text that returns a text, and gives back what it made unchanged. */
  readonly reduceWith: RelationName;
}

/** One column and what becomes of its secrets. */
export type SecretTreatment =
  | HashTreatment
  | BlindIndexTreatment
  | EncryptTreatment
  | EncryptJsonTreatment
  | ReduceTreatment;

/** Names of JSON keys whose values are secret: API keys, passwords, tokens, credentials, private keys, authorisations. */
export const SECRET_KEYS =
  'api[-_]?key|secret|token|passw|credential|private[-_]?key|auth(?!ors?$|[-_]?(?:type|method|mode|required|enabled)$)';

/** The columns that a treatment writes to when it expands. */
export function targetsOf(treatment: SecretTreatment): readonly string[] {
  switch (treatment.treatment) {
    case 'reduce':
      return [];
    case 'hash':
      return treatment.target === undefined ? [] : [treatment.target];
    case 'blind-index':
      return treatment.ciphertext === undefined
        ? [treatment.target]
        : [treatment.target, treatment.ciphertext];
    default:
      return [treatment.target];
  }
}

/** Which columns of which rows a treatment reads. */
export function selectionOf(treatment: SecretTreatment): RowSelection {
  const { column, when } = treatment;
  const targets = targetsOf(treatment);
  return treatment.treatment === 'reduce'
    ? { column, when, targets, reduceWith: treatment.reduceWith }
    : { column, when, targets };
}

/** The logical names that bind ciphertexts and derive keys. */
export function logicalNameOf(treatment: SecretTreatment): { table: string; column: string } {
  return treatment.logicalName ?? { table: treatment.table.name, column: treatment.column };
}

/** Which of the targets takes the whole old value as ciphertext, if one does. */
export function encryptsWhole(treatment: SecretTreatment): number | undefined {
  switch (treatment.treatment) {
    case 'encrypt':
    case 'encrypt-json':
      return 0;
    case 'blind-index':
      return treatment.ciphertext === undefined ? undefined : 1;
    default:
      return undefined;
  }
}
