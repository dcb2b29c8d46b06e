import { UnknownKeyError } from '../errors.ts';

/** What a key is for. A key is never used for two purposes. */
export type KeyPurpose = 'pepper' | 'encryption' | 'blindIndex';

/** All key purposes, in the order of the key file. */
export const keyPurposes: readonly KeyPurpose[] = ['pepper', 'encryption', 'blindIndex'];

/** The keys of one purpose: new values take the current one, old values name the one they were made with. */
export interface KeySet {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** A key with the id that is stored beside what it made. */
export interface NamedKey {
  readonly id: string;
  readonly key: Buffer;
}

/**
 * The keys of one deployment. Printing it, or putting it into JSON, shows no key material.
 * Made by {@link readKeyFile}, or by hand where keys come from a secret store.
 */
export class KeyRing {
  readonly #sets: Readonly<Record<KeyPurpose, KeySet>>;

  constructor(sets: Readonly<Record<KeyPurpose, KeySet>>) {
    this.#sets = sets;
    for (const purpose of keyPurposes) this.current(purpose);
  }

  /**
   * The key that new values of this purpose are made with.
   *
   * @throws {UnknownKeyError} when the ring names a current key that it does not hold.
   */
  current(purpose: KeyPurpose): NamedKey {
    return this.find(purpose, this.#sets[purpose].current);
  }

  /** The ids of all keys of this purpose, the current one first. */
  ids(purpose: KeyPurpose): readonly string[] {
    const { current, keys } = this.#sets[purpose];
    return [current, ...[...keys.keys()].filter((id) => id !== current)];
  }

  /**
   * The key with this id.
   *
   * @throws {UnknownKeyError} when the ring does not hold it.
   */
  find(purpose: KeyPurpose, id: string): NamedKey {
    const key = this.#sets[purpose].keys.get(id);
    if (key === undefined) {
      throw new UnknownKeyError(
        `The key ring has no ${purpose} key "${id}". Use the key file that the value was written with.`,
      );
    }
    return { id, key };
  }
}
