import type { Random } from './random.ts';

/**
 * Text that matches a regular expression of the common kind: literals, classes, groups, alternatives and
 * quantifiers, anchored or not. The server has the last word on every text made here.
 * https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS
 */
export function textMatching(pattern: string, random: Random): string | undefined {
  try {
    return new PatternReader(pattern, random).read();
  } catch (error) {
    if (error instanceof UnknownPattern) return undefined;
    throw error;
  }
}

/** Text that matches a LIKE pattern. */
export function textLike(pattern: string, random: Random): string {
  return pattern.replace(/\\(.)|%|_/gs, (match, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    return match === '%' ? random.hex(3) : random.hex(1);
  });
}

class UnknownPattern extends Error {}

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const classes: Readonly<Record<string, string>> = {
  d: digits,
  w: `${lower}${digits}_`,
  s: ' ',
  D: lower,
  W: '-',
  S: lower,
  '[:alpha:]': lower + upper,
  '[:digit:]': digits,
  '[:alnum:]': lower + upper + digits,
  '[:lower:]': lower,
  '[:upper:]': upper,
  '[:space:]': ' ',
  '[:xdigit:]': `${digits}abcdef`,
  '[:punct:]': '.-_',
};
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('');

/** A recursive-descent reader that draws while it reads. */
class PatternReader {
  readonly #pattern: string;
  readonly #random: Random;
  #at = 0;

  constructor(pattern: string, random: Random) {
    this.#pattern = pattern;
    this.#random = random;
  }

  read(): string {
    const text = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new UnknownPattern();
    return text;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #alternatives(): string {
    const branches = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      branches.push(this.#sequence());
    }
    return this.#random.pick(branches) ?? '';
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const began = this.#at;
      let atom = this.#atom();
      const ended = this.#at;
      const [least, most] = this.#quantifier();
      const after = this.#at;
      const count = this.#random.integer(least, most);
      if (count === 0) atom = '';
      for (let more = 1; more < count; more++) {
        this.#at = began;
        atom += this.#atom();
        this.#at = ended;
      }
      this.#at = after;
      text += atom;
    }
    return text;
  }

  #quantifier(): readonly [number, number] {
    const rest = this.#pattern.slice(this.#at);
    const found = /^(?:([*+?])|\{(\d+)(,)?(\d+)?\})\??/.exec(rest);
    if (!found) return [1, 1];
    this.#at += found[0].length;
    const [, sign, least, comma, most] = found;
    if (sign) return sign === '*' ? [0, 4] : sign === '+' ? [1, 5] : [0, 1];
    const low = Number(least);
    return [low, most !== undefined ? Number(most) : comma ? low + 4 : low];
  }

  #atom(): string {
    const character = this.#peek();
    this.#at++;
    switch (character) {
      case '^':
      case '$':
        return '';
      case '.':
        return this.#random.pick([...lower]) ?? '';
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '\\':
        return this.#escape();
      default:
        return character;
    }
  }

  #group(): string {
    if (this.#peek() === '?') {
      if (!this.#pattern.startsWith('?:', this.#at)) throw new UnknownPattern();
      this.#at += 2;
    }
    const text = this.#alternatives();
    if (this.#peek() !== ')') throw new UnknownPattern();
    this.#at++;
    return text;
  }

  #escape(): string {
    const character = this.#peek();
    this.#at++;
    if ('AZmMyY'.includes(character)) return '';
    const known = classes[character];
    if (known === undefined && /\w/.test(character)) throw new UnknownPattern();
    return known === undefined ? character : (this.#random.pick([...known]) ?? '');
  }

  #set(): string {
    const rest = this.#pattern.slice(this.#at);
    const found = /^(\^?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/s.exec(rest);
    if (!found) throw new UnknownPattern();
    this.#at += found[0].length;
    const members = expandSet(found[2] ?? '');
    const allowed = found[1]
      ? [...(lower + digits + printable)].filter((one) => !members.includes(one))
      : members;
    const drawn = found[1] ? allowed.filter((one) => /[a-z0-9]/.test(one)) : allowed;
    const character = this.#random.pick(drawn.length > 0 ? drawn : allowed);
    if (character === undefined) throw new UnknownPattern();
    return character;
  }
}

function expandSet(body: string): readonly string[] {
  const members: string[] = [];
  for (const [token, , from, to] of body.matchAll(/(\[:\w+:\])|(\\?.)-(\\?.)|\\.|./gs)) {
    const named = token.startsWith('[:')
      ? classes[token]
      : classes[/^\\(.)$/s.exec(token)?.[1] ?? ''];
    if (token.startsWith('[:') && named === undefined) throw new UnknownPattern();
    if (named !== undefined) members.push(...named);
    else if (from !== undefined && to !== undefined) {
      const last = to.charCodeAt(to.length - 1);
      for (
        let code = from.charCodeAt(from.length - 1);
        code <= last && members.length < 5000;
        code++
      ) {
        members.push(String.fromCharCode(code));
      }
    } else members.push(token.length === 2 ? (token[1] ?? '') : token);
  }
  return members;
}
