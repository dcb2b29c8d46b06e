import { MigrationFileError } from '../errors.ts';

/** What the leading comments of a migration ask of the runner. */
export interface Directives {
  /** False with `-- tothub: no-transaction`. */
  readonly transactional: boolean;
  /** Objects named by `-- tothub: destructive <object>`, in order. */
  readonly destructive: readonly string[];
}

const DIRECTIVE = /^\s*--\s*tothub:\s*(\S*)[^\S\n]*(.*?)\s*$/;

/**
 * Reads the directives of a normalised script. They stand in the comment lines at its top; one further down
 * would be read by nobody, so it is refused.
 *
 * @throws MigrationFileError for an unknown, incomplete or misplaced directive, with its line.
 */
export function parseDirectives(file: string, sql: string): Directives {
  let transactional = true;
  const destructive: string[] = [];
  let inHeader = true;
  for (const [index, text] of sql.split('\n').entries()) {
    const line = index + 1;
    inHeader &&= /^\s*(--|$)/.test(text);
    const match = DIRECTIVE.exec(text);
    if (!match) continue;
    const [, name, argument = ''] = match;
    if (!inHeader) {
      throw new MigrationFileError(
        file,
        `the directive "${name}" stands below the first statement. Move it to the comments at the top of the file.`,
        { line },
      );
    }
    if (name === 'no-transaction' && argument === '') transactional = false;
    else if (name === 'destructive' && argument !== '') destructive.push(argument);
    else {
      throw new MigrationFileError(
        file,
        `"${`${name} ${argument}`.trim()}" is not a directive. Known are "no-transaction" and "destructive <object>".`,
        { line },
      );
    }
  }
  return { transactional, destructive: [...new Set(destructive)] };
}
