import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ConnectionFailedError,
  ConnectionLostError,
  DatabaseError,
  DriverError,
  domainConstraints,
  EmailTakenError,
  isConnectionLoss,
  mapConstraints,
  NotFoundError,
  RaisedError,
  ServerError,
  SQLSTATES,
  StatementCancelledError,
  StatementTimeoutError,
  translateError,
  UndefinedColumnError,
  UniqueViolationError,
  UnknownOutcomeError,
} from '../errors.ts';

/** An error as the pg driver throws it: an Error with the fields of the protocol on it. */
function answer(code: string, fields: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(String(fields.message ?? 'words of the server')), {
    severity: 'ERROR',
    code,
    ...fields,
  });
}

const unique = (constraint: string): Error =>
  answer('23505', { schema: 'public', table: 'staff', constraint });

test('names the constraint and the table of a violation, and keeps a cause', () => {
  const error = translateError(unique('staff_email_unique'), { query: 'createStaff' });
  expect(error).toBeInstanceOf(UniqueViolationError);
  expect(error).toMatchObject({
    code: 'TOTHUB_CORE_UNIQUE_VIOLATION',
    sqlstate: '23505',
    condition: 'unique_violation',
    isRetryable: false,
    constraint: 'staff_email_unique',
    schema: 'public',
    table: 'staff',
    query: 'createStaff',
  });
  expect(error.message).toMatchInlineSnapshot(
    `"createStaff: The key staff_email_unique of public.staff is taken. Use the row that has it, or another value."`,
  );
  expect((error.cause as Error).message).toMatchInlineSnapshot(
    `"The server reported unique_violation (SQLSTATE 23505)."`,
  );
});

test('no field of an error holds what the server quoted', () => {
  const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' }).map((s) => `§${s}§`);
  const code = fc.constantFrom(...Object.keys(SQLSTATES), 'TH001');
  fc.assert(
    fc.property(code, secret, (sqlstate, value) => {
      const driver = answer(sqlstate, {
        message: `invalid input syntax: "${value}"\n    at ${value} (file.js:1:1)`,
        detail: `Failing row contains (${value}).`,
        hint: value,
        where: `COPY staff, line 1: "${value}"`,
        internalQuery: `SELECT '${value}'`,
        position: '8',
        parameters: [value],
      });
      const wrapped = new Error(`wrapped: ${value}`, { cause: driver });
      for (const source of [driver, wrapped]) {
        const error = translateError(source, { query: 'q', text: `SELECT '${value}'` });
        expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(value);
        expect(String(error.stack)).not.toContain(value);
      }
    }),
  );
});

test('an error of the network keeps where, one of the driver only its kind', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port: 1,
  });
  const error = translateError(refused, { lost: 'not sent' });
  expect(error).toBeInstanceOf(ConnectionFailedError);
  expect(error.cause).toMatchObject({
    message: 'connect ECONNREFUSED 127.0.0.1:1',
    system: { code: 'ECONNREFUSED', port: 1 },
  });
  const circular = translateError(new TypeError('circular reference: "a value"'), { query: 'q' });
  expect(circular).toBeInstanceOf(DriverError);
  expect(inspect(circular)).not.toContain('a value');
});

test('EPIPE is no SQLSTATE, though it looks like one', () => {
  const pipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
  expect(translateError(pipe, { lost: 'nothing' })).toBeInstanceOf(ConnectionLostError);
});

test.each([
  ['not sent', ConnectionFailedError, true],
  ['nothing', ConnectionLostError, true],
  ['unknown', UnknownOutcomeError, false],
  [undefined, UnknownOutcomeError, false],
] as const)('a connection lost with "%s" left behind: %o', (lost, kind, isRetryable) => {
  for (const source of [new Error('Connection terminated unexpectedly'), answer('08006')]) {
    const error = translateError(source, { lost });
    expect(error).toBeInstanceOf(kind);
    expect(error.isRetryable).toBe(isRetryable);
    expect(isConnectionLoss(error)).toBe(true);
  }
});

test('a crash of the server leaves the outcome unknown, a planned stop does not', () => {
  expect(translateError(answer('57P02'))).toBeInstanceOf(UnknownOutcomeError);
  expect(translateError(answer('57P01'))).toMatchObject({
    code: 'TOTHUB_CORE_SERVER_UNAVAILABLE',
    isRetryable: true,
  });
});

test.each([
  [{ cancelled: 'signal' }, StatementCancelledError, { by: 'signal' }],
  [{ cancelled: 'timeout' }, StatementTimeoutError, {}],
  [{ timeoutMs: 100, elapsedMs: 99 }, StatementTimeoutError, {}],
  [{ timeoutMs: 100, elapsedMs: 20 }, StatementCancelledError, { by: 'unknown' }],
  [{ elapsedMs: 20 }, StatementCancelledError, { by: 'unknown' }],
  [{ timeoutMs: 0, elapsedMs: 20 }, StatementCancelledError, { by: 'unknown' }],
] as const)('57014 with %o, in whatever language', (context, kind, fields) => {
  const error = translateError(
    answer('57014', { severity: 'FEHLER', message: 'storniere Anfrage wegen Zeitüberschreitung' }),
    context,
  );
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject(fields);
});

test('points at the name in the statement, counting characters as the server does', () => {
  const text = `SELECT '😀', "no such" FROM t`;
  const error = translateError(answer('42703', { position: '13' }), { query: 'q', text });
  expect(error).toBeInstanceOf(UndefinedColumnError);
  expect(error.message).toMatchInlineSnapshot(
    `"q: The statement names what is not there at "no such": undefined_column (SQLSTATE 42703). Run the migrations that this version of the code needs."`,
  );
});

test('a constraint becomes the error of the domain, with the violation as its cause', () => {
  const error = translateError(unique('staff_email_unique'), { constraints: domainConstraints });
  expect(error).toBeInstanceOf(EmailTakenError);
  expect(error.sqlstate).toBe('23505');
  expect(error.cause).toBeInstanceOf(UniqueViolationError);
});

test('a constraint named like a member of an object is not mistaken for a mapped one', () => {
  const error = translateError(unique('constructor'), { constraints: mapConstraints({}) });
  expect(error).toBeInstanceOf(UniqueViolationError);
});

test('a later map wins over an earlier one', () => {
  const constraints = mapConstraints(domainConstraints, {
    staff_email_unique: () => new NotFoundError('mine'),
  });
  expect(translateError(unique('staff_email_unique'), { constraints }).message).toBe('mine');
  expect(translateError(unique('parents_email_key'), { constraints })).toBeInstanceOf(
    EmailTakenError,
  );
});

test('an error of this package passes as it is', () => {
  const error = new NotFoundError('nothing');
  expect(translateError(error)).toBe(error);
});

test('every SQLSTATE becomes an error with a code, a condition and two halves of a message', () => {
  for (const sqlstate of [...Object.keys(SQLSTATES), 'TH001']) {
    const error = translateError(answer(sqlstate), { query: 'q' });
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.sqlstate).toBe(sqlstate);
    expect(error.code).toMatch(/^TOTHUB_CORE_[A-Z_]+$/);
    expect(error.message, sqlstate).toMatch(/^q: [A-Z].+[.;:] ?.*\.$/);
    if (error instanceof ServerError) {
      expect(error.condition).toBe(sqlstate === 'TH001' ? null : SQLSTATES[sqlstate as '23505']);
    }
  }
  expect(translateError(answer('TH001'))).toBeInstanceOf(RaisedError);
});
