/**
 * What an error may say to people. The packages' own errors are made to be shown; of the server's, data exceptions
 * and constraint violations (SQLSTATE classes 22 and 23) may repeat a value, so they are only named.
 */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code))
    return `PostgreSQL refused a value (SQLSTATE ${code}).`;
  return error.message;
}
