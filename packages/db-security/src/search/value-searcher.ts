/**
 * Finds many known values in a text in one pass: at each position the next characters are looked up among the
 * beginnings of the values. ASCII letters match in either case.
 */

/** Finds and replaces known values. */
export interface ValueSearcher {
  /** How many characters a text must overlap with the next so that nothing is cut in two. */
  readonly longestLength: number;
  /** Whether any of the values occurs. */
  occursIn(text: string): boolean;
  /** The text with each occurrence replaced, or undefined when there is none. */
  redact(text: string, replacement: string): string | undefined;
}

/** A value to look for. */
export interface SearchedValue {
  readonly text: string;
  /** Only where it stands alone, not within a longer number or word. */
  readonly isBounded: boolean;
}

/** Shorter values occur by chance. */
export const SHORTEST_SEARCHED = 6;

/** Prepares a search. Every value has at least {@link SHORTEST_SEARCHED} characters. */
export function createSearcher(values: Iterable<SearchedValue>): ValueSearcher {
  const beginnings = new Map<string, SearchedValue[]>();
  // Which pairs of characters begin a value: nearly every position is passed over by this table alone.
  const pairs = new Uint8Array(65_536);
  let longestLength = SHORTEST_SEARCHED;
  for (const { text, isBounded } of values) {
    const folded = foldCase(text);
    const beginning = folded.slice(0, SHORTEST_SEARCHED);
    const group = beginnings.get(beginning) ?? [];
    group.push({ text: folded, isBounded });
    group.sort((a, b) => b.text.length - a.text.length);
    beginnings.set(beginning, group);
    pairs[pairAt(folded, 0)] = 1;
    longestLength = Math.max(longestLength, folded.length);
  }

  /** The length of the value that begins here, or 0. */
  const matchAt = (folded: string, position: number): number => {
    if (pairs[pairAt(folded, position)] === 0) return 0;
    const group = beginnings.get(folded.slice(position, position + SHORTEST_SEARCHED));
    const match = group?.find(
      ({ text, isBounded }) =>
        folded.startsWith(text, position) &&
        !(isBounded && (isWord(folded[position - 1]) || isWord(folded[position + text.length]))),
    );
    return match?.text.length ?? 0;
  };

  return {
    longestLength,
    occursIn(text) {
      const folded = foldCase(text);
      for (let i = 0; i <= folded.length - SHORTEST_SEARCHED; i++) {
        if (matchAt(folded, i) > 0) return true;
      }
      return false;
    },
    redact(text, replacement) {
      const folded = foldCase(text);
      const pieces: string[] = [];
      let from = 0;
      for (let i = 0; i <= folded.length - SHORTEST_SEARCHED; i++) {
        const length = matchAt(folded, i);
        if (length === 0) continue;
        pieces.push(text.slice(from, i), replacement);
        from = i + length;
        i = from - 1;
      }
      return pieces.length === 0 ? undefined : pieces.join('') + text.slice(from);
    },
  };
}

/** Only ASCII: other foldings change a text's length. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function pairAt(text: string, position: number): number {
  return ((text.charCodeAt(position) & 255) << 8) | (text.charCodeAt(position + 1) & 255);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9]/.test(character);
}
