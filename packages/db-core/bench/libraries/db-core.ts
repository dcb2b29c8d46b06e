import { z } from 'zod';
import { createDatabase, defineQuery, insertMany, pgType, sql } from '../../src/index.ts';
import { expectError, type OpenLibrary } from '../library.ts';

const columns = sql`id, author_id AS "authorId", title, subtitle, isbn, pages, price, in_print AS "inPrint",
  published_on AS "publishedOn", added_at AS "addedAt", changed_at AS "changedAt", tags`;
const book = z.object({
  id: pgType.int4,
  authorId: pgType.int4,
  title: pgType.text,
  subtitle: pgType.text.nullable(),
  isbn: pgType.text,
  pages: pgType.int4,
  price: pgType.numeric,
  inPrint: pgType.bool,
  publishedOn: pgType.date,
  addedAt: pgType.timestamptz,
  changedAt: pgType.timestamptz.nullable(),
  tags: pgType.textArray,
});

const byKey = defineQuery({
  name: 'byKey',
  access: 'read',
  input: z.object({ id: z.int32() }),
  row: book,
  rows: 'one',
  sql: ({ id }) => sql`SELECT ${columns} FROM book WHERE id = ${id}`,
  samples: [{ id: 1 }],
});
const thousand = defineQuery({
  name: 'thousand',
  access: 'read',
  input: z.object({}),
  row: book,
  rows: 'many',
  sql: () => sql`SELECT ${columns} FROM book WHERE id <= 1000`,
  samples: [{}],
});
const page = defineQuery({
  name: 'page',
  access: 'read',
  input: z.object({ title: z.string(), id: z.int32() }),
  row: z.object({
    id: pgType.int4,
    title: pgType.text,
    price: pgType.numeric,
    addedAt: pgType.timestamptz,
    authorName: pgType.text,
    authorEmail: pgType.text,
  }),
  rows: 'many',
  sql: ({ title, id }) => sql`
    SELECT book.id, book.title, book.price, book.added_at AS "addedAt", author.name AS "authorName",
      author.email AS "authorEmail" FROM book JOIN author ON author.id = book.author_id
    WHERE (book.title, book.id) > (${title}, ${id}) ORDER BY book.title, book.id LIMIT 50`,
  samples: [{ title: 'a', id: 1 }],
});
const divide = defineQuery({
  name: 'divide',
  access: 'read',
  input: z.object({ by: z.int32() }),
  row: z.object({ id: pgType.int4, part: pgType.int4 }),
  rows: 'one',
  sql: ({ by }) => sql`SELECT id, pages / ${by}::int AS part FROM book WHERE id = 1`,
  samples: [{ by: 1 }],
});
const author = z.object({ id: z.int32(), name: z.string(), email: z.string() });
const addAuthor = defineQuery({
  name: 'addAuthor',
  access: 'write',
  input: author,
  row: null,
  rows: 'none',
  sql: ({ id, name, email }) =>
    sql`INSERT INTO author (id, name, email) VALUES (${id}, ${name}, ${email})`,
  samples: [{ id: 1, name: 'n', email: 'e' }],
});
const addAuthorOnce = defineQuery({
  ...addAuthor.definition,
  name: 'addAuthorOnce',
  sql: (input) => sql`${addAuthor.definition.sql(input)} ON CONFLICT DO NOTHING`,
});
const AUTHOR = { id: 1, name: 'Author', email: 'author@example.org' };

function open(name: string, preparedStatements: number): OpenLibrary {
  return async (connectionString, maxConnections) => {
    const db = await createDatabase({
      connectionString,
      maxConnections,
      preparedStatements,
      mode: 'direct',
    });
    return {
      name,
      byKey: (id) => byKey(db, { id }),
      thousand: () => thousand(db, {}),
      page: (start) => page(db, start),
      insert: (rows) =>
        insertMany(db, {
          into: ['public', 'entry'],
          columns: {
            id: ['id', 'int4'],
            label: ['label', 'text'],
            amount: ['amount', 'int4'],
            notedAt: ['noted_at', 'timestamptz'],
          },
          rows,
        }),
      fail: () => expectError(addAuthor(db, AUTHOR)),
      skip: () => addAuthorOnce(db, AUTHOR),
      divide: (by) => divide(db, { by }),
      close: () => db.close(),
    };
  };
}

/** db-core as it comes: named statements on a direct connection, every row checked. */
export const openDbCore = open('db-core', 100);
/** db-core with unnamed statements, as behind a transaction pooler. */
export const openDbCoreUnnamed = open('db-core, unnamed statements', 0);
