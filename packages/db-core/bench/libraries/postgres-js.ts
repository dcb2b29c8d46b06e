import postgres from 'postgres';
import { expectError, type OpenLibrary } from '../library.ts';

/** postgres.js, which names its statements by itself. */
export const openPostgresJs: OpenLibrary = async (url, max) => {
  const sql = postgres(url, { max, onnotice: () => {} });
  const columns = sql`id, author_id AS "authorId", title, subtitle, isbn, pages, price, in_print AS "inPrint",
    published_on AS "publishedOn", added_at AS "addedAt", changed_at AS "changedAt", tags`;
  const author = { id: 1, name: 'Author', email: 'author@example.org' };
  return {
    name: 'postgres.js',
    byKey: (id) => sql`SELECT ${columns} FROM book WHERE id = ${id}`,
    thousand: () => sql`SELECT ${columns} FROM book WHERE id <= 1000`,
    page: ({ title, id }) => sql`
      SELECT book.id, book.title, book.price, book.added_at AS "addedAt", author.name AS "authorName",
        author.email AS "authorEmail" FROM book JOIN author ON author.id = book.author_id
      WHERE (book.title, book.id) > (${title}, ${id}) ORDER BY book.title, book.id LIMIT 50`,
    insert: (rows) =>
      sql`INSERT INTO entry ${sql(rows.map(({ notedAt, ...row }) => ({ ...row, noted_at: notedAt })))}`,
    fail: () => expectError(sql`INSERT INTO author ${sql(author)}`.execute()),
    skip: () => sql`INSERT INTO author ${sql(author)} ON CONFLICT DO NOTHING`,
    divide: (by) => sql`SELECT id, pages / ${by}::int AS part FROM book WHERE id = 1`,
    close: () => sql.end(),
  };
};
