import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEntityNames, mermaidAttribute, mermaidLabel, mermaidType } from './mermaid-names.ts';

const text = fc.string({ unit: 'binary', maxLength: 70 });

test('whatever a table is called, its identifier, label, types and columns obey the grammar of Mermaid 10', () => {
  fc.assert(
    fc.property(text, (name) => {
      expect(createEntityNames()(name)).toMatch(/^t_[A-Za-z0-9_]*$/);
      expect(mermaidLabel(name)).not.toMatch(/["%\\\r\n\v\b<>#;`[\]{}]/);
      expect(mermaidType(name)).toMatch(/^[A-Za-z][A-Za-z0-9_()[\]]*$/);
      expect(mermaidAttribute(name)).toMatch(/^(?!(?:PK|FK|UK)$)[A-Za-z][A-Za-z0-9_]*$/i);
    }),
  );
});

test('two tables never share an identifier', () => {
  const names = createEntityNames();
  expect(['a.b', 'a"."b', 'a_b', 'a.b', 'ä', 'ö', ''].map(names)).toEqual([
    't_a_b',
    't_a_b_2',
    't_a_b_3',
    't_a_b',
    't__',
    't___2',
    't_',
  ]);
});
