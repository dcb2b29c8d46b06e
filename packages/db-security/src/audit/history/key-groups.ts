/** Which keys belong together because rows have moved between them: only such rows must be looked at together. */
import { keyName } from './row-state.ts';

type Key = readonly string[];

/** Disjoint sets of keys. */
export class KeyGroups {
  readonly #parents = new Map<string, string>();

  constructor(moves: readonly (readonly [from: Key, to: Key])[]) {
    for (const [from, to] of moves) {
      const [a, b] = [this.#root(keyName(from)), this.#root(keyName(to))];
      if (a !== b) this.#parents.set(a, b);
    }
  }

  /** The name of the key's group; undefined for a key that no row left or came to. */
  groupOf(key: Key): string | undefined {
    const name = keyName(key);
    return this.#parents.has(name) ? this.#root(name) : undefined;
  }

  #root(name: string): string {
    let root = name;
    for (let parent = this.#parents.get(root); parent !== undefined && parent !== root; ) {
      root = parent;
      parent = this.#parents.get(root);
    }
    // Every name on the way points at the root from now on, so that long chains stay cheap.
    for (let step = name; step !== root; ) {
      const next = this.#parents.get(step) ?? root;
      this.#parents.set(step, root);
      step = next;
    }
    this.#parents.set(root, root);
    return root;
  }
}
