import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, date, integer, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { expectError, type OpenLibrary } from '../library.ts';

const author = pgTable('author', {
  id: integer().primaryKey(),
  name: text().notNull(),
  email: text().notNull(),
});
const book = pgTable('book', {
  id: integer().primaryKey(),
  authorId: integer('author_id').notNull(),
  title: text().notNull(),
  subtitle: text(),
  isbn: text().notNull(),
  pages: integer().notNull(),
  price: numeric().notNull(),
  inPrint: boolean('in_print').notNull(),
  publishedOn: date('published_on').notNull(),
  addedAt: timestamp('added_at', { withTimezone: true }).notNull(),
  changedAt: timestamp('changed_at', { withTimezone: true }),
  tags: text().array().notNull(),
});
const entry = pgTable('entry', {
  id: integer().primaryKey(),
  label: text().notNull(),
  amount: integer().notNull(),
  notedAt: timestamp('noted_at', { withTimezone: true }).notNull(),
});

export const openDrizzle: OpenLibrary = async (connectionString, max) => {
  const pool = new pg.Pool({ connectionString, max, idleTimeoutMillis: 0 });
  const db = drizzle(pool);
  const one = () =>
    db.insert(author).values({ id: 1, name: 'Author', email: 'author@example.org' });
  return {
    name: 'drizzle',
    byKey: (id) => db.select().from(book).where(eq(book.id, id)),
    thousand: () => db.select().from(book).where(lte(book.id, 1000)),
    page: ({ title, id }) =>
      db
        .select({
          id: book.id,
          title: book.title,
          price: book.price,
          addedAt: book.addedAt,
          authorName: author.name,
          authorEmail: author.email,
        })
        .from(book)
        .innerJoin(author, eq(author.id, book.authorId))
        .where(and(sql`(${book.title}, ${book.id}) > (${title}, ${id})`))
        .orderBy(asc(book.title), asc(book.id))
        .limit(50),
    insert: (rows) => db.insert(entry).values([...rows]),
    fail: () => expectError(one().execute()),
    skip: () => one().onConflictDoNothing(),
    divide: (by) =>
      db
        .select({ id: book.id, part: sql<number>`pages / ${by}::int` })
        .from(book)
        .where(eq(book.id, 1)),
    close: () => pool.end(),
  };
};
