import { expect, test } from 'vitest';
import { parseExpression, parseStatements } from '../sql.ts';

test('cuts a script into statements without the comments around them', async () => {
  const script =
    "-- é first\n select 'é' /* inside */, 1 -- behind\n;;\n /* x */ create index é on t (a); ";
  const statements = await parseStatements(script);
  expect(statements.map(({ tree, ...statement }) => statement)).toMatchInlineSnapshot(`
    [
      {
        "column": 2,
        "end": 38,
        "kind": "SelectStmt",
        "line": 2,
        "start": 12,
        "text": "select 'é' /* inside */, 1",
      },
      {
        "column": 10,
        "end": 84,
        "kind": "IndexStmt",
        "line": 4,
        "start": 61,
        "text": "create index é on t (a)",
      },
    ]
  `);
  for (const { text, start, end } of statements) expect(script.slice(start, end)).toBe(text);
});

test('parses one expression and refuses anything more', async () => {
  expect(Object.keys(await parseExpression('(a > 0) -- positive'))).toEqual(['A_Expr']);
  await expect(parseExpression('a from t')).rejects.toThrow('not one expression');
});
