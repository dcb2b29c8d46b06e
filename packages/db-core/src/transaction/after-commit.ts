/** Runs the hooks of a committed transaction, one after another. What they throw is reported: nothing is undone. */
export async function runAfterCommit(
  hooks: readonly (() => unknown)[],
  report: (error: unknown) => void = warn,
): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      report(error);
    }
  }
}

/** Says the kind of the error only: its text may quote anything. */
function warn(error: unknown): void {
  const kind = error instanceof Error ? error.name : typeof error;
  process.emitWarning(
    `A hook after a committed transaction failed with ${kind}. The transaction stays committed; pass onHookError to see the error.`,
    { code: 'TOTHUB_CORE_AFTER_COMMIT' },
  );
}
