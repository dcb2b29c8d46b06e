import pg from 'pg';
import { expectError, type Library, type OpenLibrary } from '../library.ts';

const BOOK = `SELECT id, author_id AS "authorId", title, subtitle, isbn, pages, price, in_print AS "inPrint",
  published_on AS "publishedOn", added_at AS "addedAt", changed_at AS "changedAt", tags FROM book`;
const BY_KEY = `${BOOK} WHERE id = $1`;
const THOUSAND = `${BOOK} WHERE id <= 1000`;
const PAGE = `SELECT book.id, book.title, book.price, book.added_at AS "addedAt", author.name AS "authorName",
  author.email AS "authorEmail" FROM book JOIN author ON author.id = book.author_id
  WHERE (book.title, book.id) > ($1, $2) ORDER BY book.title, book.id LIMIT 50`;
const INSERT = `INSERT INTO entry (id, label, amount, noted_at)
  SELECT * FROM unnest($1::int[], $2::text[], $3::int[], $4::timestamptz[])`;
const DIVIDE = `SELECT id, pages / $1::int AS part FROM book WHERE id = 1`;
const AUTHOR = `INSERT INTO author (id, name, email) VALUES ($1, $2, $3)`;

type Source = Pick<pg.Pool, 'end'> & { query: pg.Client['query'] };

async function pool(connectionString: string, max: number): Promise<Source> {
  return new pg.Pool({ connectionString, max, idleTimeoutMillis: 0 });
}

async function client(connectionString: string): Promise<Source> {
  const connected = new pg.Client({ connectionString });
  await connected.connect();
  return connected;
}

function open(
  name: string,
  prepared: boolean,
  connect: (url: string, poolSize: number) => Promise<Source> = pool,
): OpenLibrary {
  return async (url, poolSize): Promise<Library> => {
    const source = await connect(url, poolSize);
    const ask = (statement: string, text: string, values: unknown[]) =>
      prepared ? source.query({ name: statement, text, values }) : source.query(text, values);
    return {
      name,
      byKey: (id) => ask('by-key', BY_KEY, [id]),
      thousand: () => ask('thousand', THOUSAND, []),
      page: ({ title, id }) => ask('page', PAGE, [title, id]),
      insert: (rows) =>
        ask('insert', INSERT, [
          rows.map((row) => row.id),
          rows.map((row) => row.label),
          rows.map((row) => row.amount),
          rows.map((row) => row.notedAt),
        ]),
      fail: () => expectError(ask('fail', AUTHOR, [1, 'Author', 'author@example.org'])),
      skip: () =>
        ask('skip', `${AUTHOR} ON CONFLICT DO NOTHING`, [1, 'Author', 'author@example.org']),
      divide: (by) => ask('divide', DIVIDE, [by]),
      close: () => source.end(),
    };
  };
}

/** The base of every comparison: node-postgres with unnamed statements. */
export const openPg = open('pg', false);
/** node-postgres with named statements. */
export const openPgNamed = open('pg, named statements', true);
/** One client of node-postgres that stays connected: what an error costs the server and the wire. */
export const openPgClient = open('pg, one client', false, client);
