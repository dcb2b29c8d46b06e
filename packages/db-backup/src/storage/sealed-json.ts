import { createHash } from 'node:crypto';
import { BackupDamagedError } from '../errors.ts';

const EMPTY_SEAL = '0'.repeat(64);
const SEAL_LINE = /\n {2}"seal": "([0-9a-f]{64})"\n\}\n$/;

/**
 * JSON whose last member, `seal`, is the SHA-256 of the very text with 64 zeros in its place: any edit of
 * the file is noticed. It guards against accidents and careless hands, not against a forger.
 */
export function sealJson(value: object): string {
  const text = `${JSON.stringify({ ...value, seal: EMPTY_SEAL }, null, 2)}\n`;
  return text.replace(SEAL_LINE, (line) => line.replace(EMPTY_SEAL, sha256(text)));
}

/** Parses what `sealJson` wrote. @throws BackupDamagedError when anything was changed since. */
export function openSealedJson(
  text: string,
  what: string,
): Record<string, unknown> & { seal: string } {
  const seal = SEAL_LINE.exec(text)?.[1];
  if (seal !== undefined) {
    const unsealed = text.replace(SEAL_LINE, (line) => line.replace(seal, EMPTY_SEAL));
    if (sha256(unsealed) === seal)
      return JSON.parse(text) as Record<string, unknown> & { seal: string };
  }
  throw new BackupDamagedError(
    `${what} was cut off or edited: its seal does not fit. Do not rely on this backup; take a new one.`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
