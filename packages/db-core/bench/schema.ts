import pg from 'pg';

/** Rows of the table that is read. */
export const ROW_COUNT = 20_000;

const SCHEMA = `
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE book (
  id int PRIMARY KEY,
  author_id int NOT NULL REFERENCES author (id),
  title text NOT NULL,
  subtitle text,
  isbn text NOT NULL,
  pages int NOT NULL,
  price numeric(10, 2) NOT NULL,
  in_print boolean NOT NULL,
  published_on date NOT NULL,
  added_at timestamptz NOT NULL,
  changed_at timestamptz,
  tags text[] NOT NULL
);
CREATE TABLE entry (id int NOT NULL, label text NOT NULL, amount int NOT NULL, noted_at timestamptz NOT NULL);
INSERT INTO author SELECT n, 'Author ' || n, 'author' || n || '@example.org' FROM generate_series(1, 500) AS n;
INSERT INTO book
SELECT n, n % 500 + 1, 'Title of book ' || n, CASE WHEN n % 3 = 0 THEN 'Subtitle ' || n END,
  lpad(n::text, 13, '9'), n % 900 + 20, (n % 10000) / 100.0, n % 5 <> 0, date '2000-01-01' + n % 8000,
  timestamptz '2020-01-01 00:00:00.123456+00' + n * interval '1 minute',
  CASE WHEN n % 2 = 0 THEN timestamptz '2024-01-01 12:34:56+00' + n * interval '1 second' END,
  ARRAY['tag' || n % 7, 'tag' || n % 11]
FROM generate_series(1, ${ROW_COUNT}) AS n;
CREATE INDEX book_title_idx ON book (title, id);
CREATE INDEX book_author_id_idx ON book (author_id);
VACUUM ANALYZE;
`;

/** Makes the tables that are read and written, in an empty database. */
export async function loadSchema(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of SCHEMA.split(/;\n/)) await client.query(statement);
  await client.end();
}
