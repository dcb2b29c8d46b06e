import { SqlParserMissingError } from './sql-error.ts';

/** Loads PostgreSQL's own parser, which is an optional peer dependency. */
export async function loadParser(): Promise<typeof import('libpg-query')> {
  try {
    return await import('libpg-query');
  } catch (cause) {
    throw new SqlParserMissingError(
      'SQL cannot be parsed: the package libpg-query is not installed. Add it: npm install libpg-query@18',
      { cause },
    );
  }
}
