/**
 * Mermaid's entity-relationship grammar takes few names as they are, and version 10, which GitHub has been
 * seen to run, takes fewer than 11. So entities get a safe identifier and carry their name as a label; the
 * exact names stand in the tables of the document.
 */

/** Gives every table of a diagram an identifier that is no keyword and that no other table has. */
export function createEntityNames(): (path: string) => string {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  return (path) => {
    const known = given.get(path);
    if (known) return known;
    const base = `t_${path.replace(/[^A-Za-z0-9]+/g, '_')}`;
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
    taken.add(name);
    given.set(path, name);
    return name;
  };
}

/** Text for a quoted label or comment, without what ends or changes it. */
export function mermaidLabel(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}_.,() -]/gu, '_');
}

/** A type as an attribute type: one word of letters, digits, brackets. */
export function mermaidType(type: string): string {
  return word(type.replace(/[^A-Za-z0-9_()[\]]+/g, '_'));
}

/** A column as an attribute name: one word that is not taken for a key mark. */
export function mermaidAttribute(name: string): string {
  const safe = word(name.replace(/[^A-Za-z0-9_]+/g, '_'));
  return /^(PK|FK|UK)$/i.test(safe) ? `${safe}_` : safe;
}

function word(text: string): string {
  return /^[A-Za-z]/.test(text) ? text : `c${text}`;
}
