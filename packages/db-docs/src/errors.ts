/** What every error of this package is an instance of. */
export abstract class DocumentError extends Error {
  abstract readonly code: string;
  abstract readonly isRetryable: boolean;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A notes block of the earlier document is opened and never closed, so where it ends is anyone's guess. */
export class UnclosedNotesError extends DocumentError {
  readonly code = 'TOTHUB_DOCS_UNCLOSED_NOTES';
  readonly isRetryable = false;
  /** What the block is about. */
  readonly key: string;
  /** Line of the opening comment, 1-based. */
  readonly line: number;

  constructor(key: string, line: number) {
    super(
      `The notes block for ${key}, opened on line ${line}, is never closed. Add a line <!-- /notes --> after its last line and run again.`,
    );
    this.key = key;
    this.line = line;
  }
}
