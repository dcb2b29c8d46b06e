/** A connection string fit to be shown: its password, wherever it stands, reads `***`. */
export function maskedUrl(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    if (url.password !== '') url.password = '***';
    if (url.searchParams.has('password')) url.searchParams.set('password', '***');
    return url.href;
  } catch {
    return 'postgresql://***';
  }
}
