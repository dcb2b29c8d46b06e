/** Reads an array as PostgreSQL writes it, of any number of dimensions. PostgreSQL manual: 8.15.6. */

const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;

/** A parser of arrays whose elements `element` reads. */
export function arrayParser(
  element: ((text: string) => unknown) | undefined,
): (text: string) => unknown[] {
  return (text) => {
    // An array whose bounds do not begin at 1 names them first: `[0:1]={a,b}`.
    let at = text.charCodeAt(0) === OPEN ? 0 : text.indexOf('=') + 1;

    function readArray(): unknown[] {
      const items: unknown[] = [];
      at++;
      if (text.charCodeAt(at) === CLOSE) {
        at++;
        return items;
      }
      for (;;) {
        items.push(readItem());
        if (text.charCodeAt(at++) === CLOSE) return items;
      }
    }

    function readItem(): unknown {
      const first = text.charCodeAt(at);
      if (first === OPEN) return readArray();
      if (first === QUOTE) {
        const quoted = readQuoted();
        return element === undefined ? quoted : element(quoted);
      }
      const start = at;
      for (let code = first; code !== COMMA && code !== CLOSE; code = text.charCodeAt(++at)) {
        if (at >= text.length) throw new RangeError('holds an array that ends too early');
      }
      const bare = text.slice(start, at);
      if (bare === 'NULL') return null;
      return element === undefined ? bare : element(bare);
    }

    function readQuoted(): string {
      let start = ++at;
      let value = '';
      for (;;) {
        const code = text.charCodeAt(at);
        if (at >= text.length) throw new RangeError('holds an array that ends too early');
        if (code === BACKSLASH) {
          value += text.slice(start, at);
          start = ++at;
          at++;
        } else if (code === QUOTE) {
          value += text.slice(start, at++);
          return value;
        } else {
          at++;
        }
      }
    }

    return readArray();
  };
}
