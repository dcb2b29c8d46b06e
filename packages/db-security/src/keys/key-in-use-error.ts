import { SecurityError } from '../errors.ts';
import type { KeyUseReport } from './key-uses.ts';

/** A key that values in the database still need, or may need, so that it was not taken away. */
export class KeyInUseError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_KEY_IN_USE';
  /** Columns with values under the key. */
  readonly uses: KeyUseReport['uses'];
  /** Relations that could not be searched. */
  readonly unsearched: KeyUseReport['unsearched'];

  constructor(message: string, { uses, unsearched }: KeyUseReport) {
    super(message);
    this.uses = uses;
    this.unsearched = unsearched;
  }
}
