import { expect, test } from 'vitest';
import { parseExpression, SqlSyntaxError } from '../sql.ts';

test('parses expressions as the catalog prints them', async () => {
  const kinds = await Promise.all(
    [
      '(age > 0) -- positive',
      "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
      "nextval('app.people_id_seq'::regclass)",
      'CURRENT_TIMESTAMP',
      "'{}'::jsonb",
      "((a IS NOT NULL) AND (b <> ''::text))",
      'lower(name)',
      'VALUE',
      '(SELECT 1 UNION SELECT 2)',
      'NULL',
    ].map(async (text) => Object.keys(await parseExpression(text))[0]),
  );
  expect(kinds).toMatchInlineSnapshot(`
    [
      "A_Expr",
      "A_Expr",
      "FuncCall",
      "SQLValueFunction",
      "TypeCast",
      "BoolExpr",
      "FuncCall",
      "ColumnRef",
      "SubLink",
      "A_Const",
    ]
  `);
});

test('refuses what is not exactly one expression', async () => {
  for (const text of [
    '',
    ' ',
    '-- nothing',
    'a from t',
    'a, b',
    'a as b',
    'a b',
    'a; select 2',
    'distinct a',
    'a where b',
    'a order by 1',
    'a limit 1',
    'a union select 2',
    'a into b',
    'a for update',
    '1 group by 2',
  ]) {
    await expect(parseExpression(text), text).rejects.toThrow('not one expression');
  }
});

test('says where an expression is wrong', async () => {
  const problem = await parseExpression("a > 'é' and\n 🐘 >> > 1").catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(SqlSyntaxError);
  expect(problem).toMatchObject({ line: 2, column: 8, problem: 'syntax error at or near ">"' });
  await expect(parseExpression('a) + (b')).rejects.toMatchObject({ line: 1, column: 2 });
  await expect(parseExpression('a\0')).rejects.toMatchObject({ line: 1, column: 2 });
});
