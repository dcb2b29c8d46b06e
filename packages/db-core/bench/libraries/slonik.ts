import { createPool, type Interceptor, sql } from 'slonik';
import { z } from 'zod';
import { expectError, type OpenLibrary } from '../library.ts';

const book = z.object({
  id: z.int(),
  authorId: z.int(),
  title: z.string(),
  subtitle: z.string().nullable(),
  isbn: z.string(),
  pages: z.int(),
  price: z.number(),
  inPrint: z.boolean(),
  publishedOn: z.string(),
  addedAt: z.number(),
  changedAt: z.number().nullable(),
  tags: z.array(z.string()),
});
const listed = z.object({
  id: z.int(),
  title: z.string(),
  price: z.number(),
  addedAt: z.number(),
  authorName: z.string(),
  authorEmail: z.string(),
});

const part = z.object({ id: z.int(), part: z.int() });

/** The interceptor that the documentation shows for checking rows at run time. */
const resultParser: Interceptor = {
  name: 'result-parser',
  transformRowAsync: async (context, _query, row) => {
    const { resultParser } = context;
    if (!resultParser) return row;
    const result = await resultParser['~standard'].validate(row);
    if (result.issues) throw new Error('A row does not fit its schema.');
    return result.value as typeof row;
  },
};

const columns = sql.fragment`id, author_id AS "authorId", title, subtitle, isbn, pages, price, in_print AS "inPrint",
  published_on AS "publishedOn", added_at AS "addedAt", changed_at AS "changedAt", tags`;
const author = sql.fragment`INSERT INTO author (id, name, email) VALUES (${1}, ${'Author'}, ${'author@example.org'})`;

/** slonik as its documentation sets it up: default options, rows parsed by their zod schema. */
export const openSlonik: OpenLibrary = async (url, poolSize) => {
  const pool = await createPool(url, {
    maxPoolSize: poolSize,
    interceptors: [resultParser],
  });
  return {
    name: 'slonik',
    byKey: (id) => pool.one(sql.type(book)`SELECT ${columns} FROM book WHERE id = ${id}`),
    thousand: () => pool.any(sql.type(book)`SELECT ${columns} FROM book WHERE id <= 1000`),
    page: ({ title, id }) =>
      pool.any(sql.type(listed)`
        SELECT book.id, book.title, book.price, book.added_at AS "addedAt", author.name AS "authorName",
          author.email AS "authorEmail" FROM book JOIN author ON author.id = book.author_id
        WHERE (book.title, book.id) > (${title}, ${id}) ORDER BY book.title, book.id LIMIT 50`),
    insert: (rows) =>
      pool.query(sql.unsafe`
        INSERT INTO entry (id, label, amount, noted_at)
        SELECT * FROM ${sql.unnest(
          rows.map((row) => [row.id, row.label, row.amount, row.notedAt.toISOString()]),
          ['int4', 'text', 'int4', 'timestamptz'],
        )}`),
    fail: () => expectError(pool.query(sql.unsafe`${author}`)),
    skip: () => pool.query(sql.unsafe`${author} ON CONFLICT DO NOTHING`),
    divide: (by) =>
      pool.one(sql.type(part)`SELECT id, pages / ${by}::int AS part FROM book WHERE id = 1`),
    close: () => pool.end(),
  };
};
