import { createInterface } from 'node:readline/promises';
import { refusal, usageError } from '../exit.ts';

/**
 * Asks for consent on a terminal; elsewhere `--yes` must have been passed.
 *
 * @throws CliError (exit 2) without a terminal and without `--yes`; (exit 1) when the answer is no.
 */
export async function confirm(
  question: string,
  options: { readonly yes?: boolean },
): Promise<void> {
  if (options.yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError('This needs consent, and nobody can be asked here.', 'Pass --yes.');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw refusal('TOTHUB_NO_CONSENT', 'Nothing was done.');
  } finally {
    reader.close();
  }
}
