import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStatements, SqlSyntaxError } from '../sql.ts';

async function problemOf(sql: string): Promise<SqlSyntaxError> {
  return parseStatements(sql).then(
    () => {
      throw new Error('accepted');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(SqlSyntaxError);
      return error as SqlSyntaxError;
    },
  );
}

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

test('semicolons in strings, bodies and quoted names do not end a statement', async () => {
  const statements = [
    `select ';', E'\\';', $$;$$, $a$;$$;$a$, ";" from ";"`,
    'create function f() returns integer language sql begin atomic; select 1; select 2; end',
    'do $body$ begin perform 1; end $body$',
    'create rule r as on insert to t do instead (delete from a; delete from b)',
    'select 1 -- ;\n + 2',
    'select /* ; /* ; */ ; */ 1',
  ];
  const script = statements.join(' ;\n');
  expect((await parseStatements(script)).map(({ text }) => text)).toEqual(statements);
});

test('a script of space and comments has no statement', async () => {
  for (const script of ['', ' \n\t', ';', ' ; ;', '-- only\n', '/* only */ ;']) {
    expect(await parseStatements(script)).toEqual([]);
  }
});

test('gives back the statements of any script, at their places', async () => {
  const statement = fc.constantFrom(
    'select 1',
    "insert into \"tä🐘ble\" values ('日本;', E'\\'')",
    'do $$ begin null; end $$',
    'select\n  a\r\n  from b',
    "comment on table x is 'it''s -- no comment'",
  );
  const gap = fc
    .array(fc.constantFrom(' ', '\n', '\r\n', '\t', '-- é 🐘 ; \n', '/* ü /* ; */ */', ';'), {
      maxLength: 4,
    })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(gap, statement, gap)), async (parts) => {
      const script = parts.map(([before, text, after]) => `${before}${text}${after};`).join('');
      const found = await parseStatements(script);
      expect(found.map(({ text }) => text)).toEqual(parts.map(([, text]) => text));
      for (const { text, start, end, line, column } of found) {
        expect(script.slice(start, end)).toBe(text);
        const before = script.slice(0, start).split(/\r\n|\n/);
        expect([line, column]).toEqual([before.length, (before.at(-1) ?? '').length + 1]);
      }
    }),
    { numRuns: 100 },
  );
});

test('says where the first error is, whatever stands before it', async () => {
  expect(await problemOf("select '🐘é';\nselect '🐘é', 'x' from from t")).toMatchObject({
    code: 'TOTHUB_SQL_SYNTAX',
    line: 2,
    column: 24,
    message: 'Line 2, column 24: syntax error at or near "from". Correct the SQL there.',
  });
  expect(await problemOf('select 1;\r\n\\d t')).toMatchObject({ line: 2, column: 1 });
  expect(await problemOf("select 'open")).toMatchObject({ line: 1, column: 8 });
  expect((await problemOf('select (')).message).toMatchInlineSnapshot(
    `"Line 1, column 9: syntax error at end of input. Correct the SQL there."`,
  );
});

test('refuses a NUL character, which would hide the rest of the script', async () => {
  expect(await problemOf('select 1;\n drop\0 table t')).toMatchObject({
    line: 2,
    column: 6,
    problem: 'NUL character in SQL',
  });
});

test('refuses what is nested too deeply, and parses on', async () => {
  const deep = `select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
  await expect(parseStatements(deep)).rejects.toThrow(SqlSyntaxError);
  expect(await parseStatements('select 1')).toHaveLength(1);
});

test('parses what only PostgreSQL 18 knows', async () => {
  const [statement] = await parseStatements(
    'alter table t add constraint n not null a not valid; select 1',
  );
  expect(statement?.kind).toBe('AlterTableStmt');
});
