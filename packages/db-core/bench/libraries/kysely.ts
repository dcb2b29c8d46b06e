import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { expectError, type OpenLibrary } from '../library.ts';

interface Tables {
  author: { id: number; name: string; email: string };
  book: {
    id: number;
    author_id: number;
    title: string;
    subtitle: string | null;
    isbn: string;
    pages: number;
    price: string;
    in_print: boolean;
    published_on: Date;
    added_at: Date;
    changed_at: Date | null;
    tags: string[];
  };
  entry: { id: number; label: string; amount: number; noted_at: Date };
}

const BOOK = [
  'id',
  'author_id as authorId',
  'title',
  'subtitle',
  'isbn',
  'pages',
  'price',
  'in_print as inPrint',
  'published_on as publishedOn',
  'added_at as addedAt',
  'changed_at as changedAt',
  'tags',
] as const;

export const openKysely: OpenLibrary = async (connectionString, max) => {
  const pool = new pg.Pool({ connectionString, max, idleTimeoutMillis: 0 });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const author = () =>
    db.insertInto('author').values({ id: 1, name: 'Author', email: 'author@example.org' });
  return {
    name: 'kysely',
    byKey: (id) =>
      db.selectFrom('book').select(BOOK).where('id', '=', id).executeTakeFirstOrThrow(),
    thousand: () => db.selectFrom('book').select(BOOK).where('id', '<=', 1000).execute(),
    page: ({ title, id }) =>
      db
        .selectFrom('book')
        .innerJoin('author', 'author.id', 'book.author_id')
        .select([
          'book.id',
          'book.title',
          'book.price',
          'book.added_at as addedAt',
          'author.name as authorName',
          'author.email as authorEmail',
        ])
        .where(sql<boolean>`(book.title, book.id) > (${title}, ${id})`)
        .orderBy('book.title')
        .orderBy('book.id')
        .limit(50)
        .execute(),
    insert: (rows) =>
      db
        .insertInto('entry')
        .values(rows.map(({ notedAt, ...row }) => ({ ...row, noted_at: notedAt })))
        .execute(),
    fail: () => expectError(author().execute()),
    skip: () =>
      author()
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    divide: (by) =>
      db
        .selectFrom('book')
        .select(['id', sql<number>`pages / ${by}::int`.as('part')])
        .where('id', '=', 1)
        .executeTakeFirstOrThrow(),
    close: () => db.destroy(),
  };
};
