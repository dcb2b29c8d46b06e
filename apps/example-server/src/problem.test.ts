import {
  ConnectionLostError,
  EmailTakenError,
  InvalidInputError,
  NotFoundError,
  UnexpectedResultError,
  UnknownOutcomeError,
} from '@tothub/db-core';
import express from 'express';
import { expect, test } from 'vitest';
import { type LogEntry, notFound, Problem, problemHandler } from './problem.ts';
import { serve } from './serve.ts';

const secret = new Error('hush');

test.each([
  [new Problem(422, ['limit']), 422, { parameters: ['limit'] }],
  [new NotFoundError('hush'), 404, { code: 'TOTHUB_CORE_NOT_FOUND' }],
  [new InvalidInputError('hush'), 422, { code: 'TOTHUB_CORE_INVALID_INPUT' }],
  [new EmailTakenError(), 409, { code: 'TOTHUB_CORE_EMAIL_TAKEN' }],
  [new ConnectionLostError({ cause: secret }), 503, {}],
  [new UnknownOutcomeError({ cause: secret }), 500, {}],
  [new UnexpectedResultError('hush'), 500, {}],
  [secret, 500, {}],
  ['hush', 500, {}],
] as const)('%s is answered with %i', async (error, status, more) => {
  const log: LogEntry[] = [];
  const app = express()
    .get('/', () => {
      throw error;
    })
    .use(notFound)
    .use(problemHandler((entry) => log.push(entry)));
  const served = await serve(app, { host: '127.0.0.1', port: 0 });
  try {
    const response = await fetch(`${served.url}/?token=hush`);
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    const answer = await response.text();
    expect(answer).not.toContain('hush');
    expect(JSON.parse(answer)).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      ...more,
    });
    expect(log).toEqual(status < 500 ? [] : [{ method: 'GET', path: '/', status, error }]);
  } finally {
    await served.stop(1_000);
  }
});

test('an answer that has begun is broken off, not continued with an apology', async () => {
  const log: LogEntry[] = [];
  const app = express()
    .get('/', (_request, response) => {
      response.write('{"half":');
      throw secret;
    })
    .use(problemHandler((entry) => log.push(entry)));
  const served = await serve(app, { host: '127.0.0.1', port: 0 });
  try {
    await expect(fetch(served.url).then((response) => response.text())).rejects.toThrow();
    expect(log).toHaveLength(1);
  } finally {
    await served.stop(1_000);
  }
});
