/** MurmurHash3's finaliser: a bijection on 32 bits, so different inputs never meet. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units: enough to tell table names and seeds apart. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** Repeatable numbers for one row (mulberry32). Not for secrets. */
export class Random {
  #state: number;

  constructor(state: number) {
    this.#state = state;
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + (this.bits() % (max - min + 1));
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.bits() % list.length] ?? list[0];
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.bits() % n === 0;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += hex8(this.bits());
    return text.slice(0, digits);
  }
}

export function hex8(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}
