import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { assertRetirable, removeKey } from './change-key-file.ts';
import { parseKeys } from './key-file-format.ts';
import { KeyInUseError } from './key-in-use-error.ts';
import { findKeyUses, type KeyUseOptions } from './key-uses.ts';
import { readPrivateFile } from './private-file.ts';

/** What {@link retireKey} is told. */
export interface RetireKeyOptions extends KeyUseOptions {
  /** Tables whose values under this key are given up, such as a log that is kept for other reasons. @default [] */
  readonly except?: readonly RelationName[] | undefined;
}

/**
 * Takes a key out of a key file when nothing in the database needs it any more, by {@link findKeyUses}. A relation that
 * cannot be searched counts as a use. All processes must make new values with another key by then. A backup from
 * before the rotation still needs the key: keep a copy of the file as long as such backups.
 *
 * @throws {KeyInUseError} when the database holds values under the key, or may hold some.
 * @throws {KeyFileError} when the file does not hold the key, or it is the current one, or the file cannot be changed.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 *
 * @example
 * ```ts
 * await retireKey('keys.json', { id: '20250801-a1b2c3', db: client });
 * ```
 */
export async function retireKey(path: string, options: RetireKeyOptions): Promise<void> {
  const { id, purpose = 'encryption', except = [] } = options;
  const { text } = await readPrivateFile(path);
  assertRetirable(parseKeys(text, path), path, options);
  const isExcepted = ({ schema, name }: RelationName) =>
    except.some((each) => each.schema === schema && each.name === name);
  const found = await findKeyUses(options);
  const uses = found.uses.filter((use) => !isExcepted(use));
  const unsearched = found.unsearched.filter((relation) => !isExcepted(relation));
  if (uses.length > 0 || unsearched.length > 0) {
    const places = [
      ...uses.map((use) => `${qualifiedName(use)}.${use.column} (${use.rows} rows)`),
      ...unsearched.map((relation) => `${qualifiedName(relation)} (${relation.reason})`),
    ];
    throw new KeyInUseError(
      `The ${purpose} key "${id}" is, or may be, in use: ${places.slice(0, 5).join(', ')}${places.length > 5 ? ' and others' : ''}. Rotate these columns first, or except the tables whose values are given up.`,
      { uses, unsearched },
    );
  }
  await removeKey(path, options);
}
