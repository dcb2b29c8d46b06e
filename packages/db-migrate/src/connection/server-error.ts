import pg from 'pg';

/** SQLSTATE of an error of the server, else null. */
export function sqlstateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/** SQLSTATEs with which the server ends a connection (class 08, and the shutdowns of class 57). */
export function endsConnection(sqlstate: string | null): boolean {
  return sqlstate !== null && (/^08/.test(sqlstate) || /^57P0[1-5]$/.test(sqlstate));
}

/**
 * The server's message without row values. DETAIL, CONTEXT and the internal query never come along; in class 22
 * (data exceptions) the primary message itself quotes the value, so what stands in quotes is left out.
 */
export function messageWithoutValues(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return sqlstateOf(error)?.startsWith('22') ? message.replace(/"[\s\S]*"/, '"…"') : message;
}

/** An error of the server as a `cause` that is safe to print: SQLSTATE, names of objects, no values. */
export function causeWithoutValues(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code, severity, schema, table, column, constraint, routine, position } = error;
  const cause = new Error(messageWithoutValues(error));
  cause.name = 'PostgresError';
  return Object.assign(cause, {
    code,
    severity,
    schema,
    table,
    column,
    constraint,
    routine,
    position,
  });
}
