import { code } from '../markdown/code.ts';
import type { Section } from '../section.ts';

/** The table of contents: every section, with the anchor of its heading. */
export function contents(
  sections: readonly Section[],
  slugs: ReadonlyMap<Section, string>,
): readonly string[] {
  return [
    '## Contents',
    '',
    ...sections.map((section) => {
      const slug = slugs.get(section) ?? '';
      return section.level === 2
        ? `- [${section.title}](#${slug})`
        : `  - [${code(section.title)}](#${slug})`;
    }),
    '',
  ];
}
