import type { AuditMoment } from '@tothub/db-security';

/** What a moment is on the command line. */
export const MOMENT_HELP =
  'a time (UTC unless it names a zone), or @N: right after entry N of the log';

/** Reads `@123` as the number of an entry, anything else as a time, which the server reads. */
export function parseMoment(text: string): AuditMoment {
  return /^@\d+$/.test(text) ? { id: Number(text.slice(1)) } : text;
}
