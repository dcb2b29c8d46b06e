/** Column names as words: `parentEmail`, `parent_email` and `Parent-Email` all give `parent email`. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const pairs: readonly (readonly [earlier: string, later: string])[] = [
  ['start', 'end'],
  ['starts', 'ends'],
  ['started', 'ended'],
  ['from', 'to'],
  ['from', 'until'],
  ['min', 'max'],
  ['minimum', 'maximum'],
  ['in', 'out'],
  ['created', 'updated'],
  ['arrival', 'departure'],
  ['begin', 'end'],
  ['issued', 'expires'],
  ['previous', 'new'],
  ['birth', 'hire'],
];

/** The columns whose names say that they come before this one: `starts_at` before `ends_at`. */
export function earlierSiblings(name: string, others: readonly string[]): readonly string[] {
  const words = wordsOf(name);
  const earlier = new Set(
    pairs.flatMap(([before, after]) =>
      words.includes(after)
        ? [words.map((word) => (word === after ? before : word)).join(' ')]
        : [],
    ),
  );
  return others.filter((other) => other !== name && earlier.has(wordsOf(other).join(' ')));
}
