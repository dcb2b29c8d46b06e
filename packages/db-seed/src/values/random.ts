/**
 * Randomness without memory: a stream of numbers is a pure function of the names it is drawn for, so that a
 * new column, table or row never changes another one's values. Not for secrets.
 */

/** Four 32-bit words of hash (cyrb128); the parts are joined by NUL, which no PostgreSQL name can hold. */
export function hashWords(
  ...parts: readonly (string | number)[]
): [number, number, number, number] {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  const text = parts.join('\0');
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = b ^ Math.imul(a ^ unit, 597399067);
    b = c ^ Math.imul(b ^ unit, 2869860233);
    c = d ^ Math.imul(c ^ unit, 951274213);
    d = a ^ Math.imul(d ^ unit, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  const mixed = a ^ b ^ c ^ d;
  return [mixed >>> 0, (b ^ mixed) >>> 0, (c ^ mixed) >>> 0, (d ^ mixed) >>> 0];
}

/** The sfc32 generator, re-seeded for every value: about a thousandth of the cost of `faker.seed()`. */
export class Random {
  #state: [number, number, number, number] = [1, 2, 3, 4];

  /** Runs `draw` on the stream that belongs to `parts`; the stream in use around it goes on afterwards. */
  within<T>(parts: readonly (string | number)[], draw: () => T): T {
    const around = this.#state;
    this.#state = hashWords(...parts);
    for (let round = 0; round < 12; round++) this.word();
    try {
      return draw();
    } finally {
      this.#state = around;
    }
  }

  /** 32 random bits. */
  word(): number {
    const state = this.#state;
    const sum = (state[0] + state[1] + state[3]) | 0;
    state[3] = (state[3] + 1) | 0;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = (state[2] + (state[2] << 3)) | 0;
    state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number of at least 0 and less than 1. */
  fraction(): number {
    return (this.word() >>> 5) / 134217728 + (this.word() >>> 6) / 9007199254740992;
  }

  /** A whole number between `low` and `high`, both included. */
  integer(low: number, high: number): number {
    return Math.min(high, low + Math.floor(this.fraction() * (high - low + 1)));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.integer(0, items.length - 1)];
  }

  /** `count` lower-case hexadecimal digits. */
  hex(count: number): string {
    let digits = '';
    while (digits.length < count) digits += this.word().toString(16).padStart(8, '0');
    return digits.slice(0, count);
  }

  /** A version 4 UUID. */
  uuid(): string {
    const digits = this.hex(32);
    const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) & 3];
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
  }
}
