/** Exit codes as other programs rely on them, and the errors that carry them. */
export const exitCode = {
  done: 0,
  /** Findings, a failed check, or a refusal: nothing was changed by the refused step. */
  refused: 1,
  usage: 2,
  unreachable: 3,
  /** A fault in the middle; the same command run again goes on from there. */
  interrupted: 4,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * An error that ends the command with a known exit code: one sentence that says what happened, one that says
 * what to do now.
 */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(
    code: string,
    exit: ExitCode,
    message: string,
    options: { hint?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exit;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }
}

/** A mistake in the call itself (exit 2). */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('TOTHUB_USAGE', exitCode.usage, message, hint === undefined ? {} : { hint });
}

/** A refusal (exit 1): the command understood and will not do it. */
export function refusal(
  code: string,
  message: string,
  options: { hint?: string; details?: readonly string[]; cause?: unknown } = {},
): CliError {
  return new CliError(code, exitCode.refused, message, options);
}
