import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pgType } from './pg-type.ts';
import { rowShape } from './row-shape.ts';

describe('rowShape', () => {
  it('refuses columns that would be rewritten', () => {
    for (const column of [
      pgType.text.transform((x) => x.length),
      pgType.text.default('x'),
      pgType.int4.catch(0).nullable(),
      z.coerce.number().pipe(z.int()),
    ]) {
      expect(() => rowShape(z.object({ column }))).toThrow(/^Column column is declared with a /);
    }
  });

  it('accepts and refuses the same rows where code may not be made from strings', () => {
    const script = `
      import { rowShape } from '${import.meta.dirname}/row-shape.ts';
      import { pgType } from '${import.meta.dirname}/pg-type.ts';
      import { z } from 'zod';
      const shape = rowShape(z.object({ id: pgType.int4, at: pgType.timestamp.nullable() }));
      shape.assertRows('q', [{ id: 1, at: null }, { id: 2, at: new Date() }]);
      try { shape.assertRows('q', [{ id: 1, at: null }, { id: 'x', at: null }]); } catch (error) { process.stdout.write(error.message); }
      try { new Function(''); } catch { process.stdout.write(' OK'); }`;
    const flags = ['--disallow-code-generation-from-strings', '--conditions=@tothub/source'];
    const answer = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect(answer).toMatchInlineSnapshot(
      `"q found values that it does not declare: row 2 of 2, column id (invalid_type). Correct these rows, or let the query declare them. OK"`,
    );
  });
});
