import type { Random } from './random.ts';

// Own short lists: plain given names and trades or trees as surnames. Nobody is meant by any pair of them.
export const GIVEN = [
  'Ada', 'Ben', 'Cleo', 'Dario', 'Edda', 'Finn', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kaya', 'Leo',
  'Mina', 'Nils', 'Olga', 'Pablo', 'Quinn', 'Rosa', 'Sami', 'Tara', 'Uma', 'Vito', 'Wanda', 'Yara',
] as const; // biome-ignore format: one look is enough for a word list

export const SURNAMES = [
  'Alder',
  'Birch',
  'Cooper',
  'Dyer',
  'Elm',
  'Fletcher',
  'Glover',
  'Hazel',
  'Ironside',
  'Juniper',
  'Kiln',
  'Larch',
  'Mason',
  'Nutter',
  'Oakes',
  "O'Poplar",
  'Quarry',
  'Rowan',
  'Sawyer',
  'Thatcher',
  'Underhill',
  'Vinter',
  'Weaver',
  'Yew',
] as const;

export const ROOMS = ['Acorns', 'Bumblebees', 'Caterpillars', 'Dragonflies', 'Elephants'] as const;

/** Reserved for fiction (555-01xx), in the three ways people typed it. */
export function phone(random: Random): string {
  const area = random.pick(['304', '412', '614']);
  const line = `01${String(random.int(0, 99)).padStart(2, '0')}`;
  return random.pick([`(${area}) 555-${line}`, `${area}-555-${line}`, `${area}555${line}`]);
}

/** An address in a domain that can never receive mail. */
export function email(first: string, last: string, tag: string | number): string {
  return `${first}.${last.replaceAll("'", '')}.${tag}@example.org`.toLowerCase();
}
