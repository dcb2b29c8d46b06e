import type pg from 'pg';

const MECHANISM = 'SCRAM-SHA-256-PLUS';

/**
 * Watches a log-in, yet to begin, that must be bound to its TLS connection, as libpq does where the address says
 * `channel_binding=require`: `pg` only prefers the binding. Where the server offers none, the log-in ends before anything
 * of the password is sent. Gives a function that says whether it was bound.
 */
export function watchChannelBinding(client: pg.Client): () => boolean {
  const { connection } = client as pg.Client & { connection: pg.Connection };
  let isBound = false;
  const refuse = (): void => {
    connection.stream.destroy(new Error('the server offers no channel binding'));
  };
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = 'getPeerCertificate' in connection.stream && mechanisms.includes(MECHANISM);
    if (!isBound) refuse();
  });
  for (const other of ['authenticationCleartextPassword', 'authenticationMD5Password']) {
    connection.on(other, refuse);
  }
  return () => isBound;
}
