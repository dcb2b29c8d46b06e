import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addCounter, databaseWithCounter, getNumber, sleep } from '../../test/counter-table.ts';
import { createDatabase } from '../database/create-database.ts';
import { UniqueViolationError } from '../errors.ts';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import type { SlowQuery } from './slow-queries.ts';

/** What Node's SDK registers: the active span follows the code that waits. */
class NodeContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with: ContextManager['with'] = (active, use, thisArg, ...args) =>
    this.#storage.run(active, () => use.apply(thisArg, args));
  bind<T>(_context: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const server = await databaseWithCounter();
const url = new URL(server.url);
const spans = new InMemorySpanExporter();
const measurements = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({
  exporter: measurements,
  exportIntervalMillis: 3_600_000,
});
const slow: SlowQuery[] = [];
const telemetry = { slowQueryMs: 400, onSlowQuery: (query: SlowQuery) => slow.push(query) };
// Opened before the SDK is there, as some programs do.
const db = await createDatabase({ connectionString: server.url, maxConnections: 3, telemetry });

const getOwnText = defineQuery({
  name: 'getOwnText',
  access: 'read',
  input: z.object({ value: z.string() }),
  row: z.object({ text: pgType.text }),
  rows: 'one',
  sql: ({ value }) => sql`
    SELECT query AS text FROM pg_stat_activity WHERE pid = pg_backend_pid() AND ${value} <> ''`,
  samples: [{ value: 'x' }],
});

beforeAll(async () => {
  await getNumber(db, { id: 1 });
  expect(spans.getFinishedSpans()).toEqual([]);
  context.setGlobalContextManager(new NodeContext());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});
beforeEach(() => {
  spans.reset();
  slow.length = 0;
});
afterAll(async () => {
  await db.close();
  await reader.shutdown();
  await server.drop();
});

const only = (): ReadableSpan => {
  const [span, ...others] = spans.getFinishedSpans();
  expect(others).toEqual([]);
  return span as ReadableSpan;
};

describe('a span', () => {
  it('names the query, the server and the text, and no value', async () => {
    await getOwnText(db, { value: 'a secret' });
    const { name, kind, attributes, status } = only();
    expect({ name, kind }).toEqual({ name: 'getOwnText', kind: SpanKind.CLIENT });
    const { 'db.query.text': text, ...others } = attributes;
    expect(others).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': server.name,
      'db.operation.name': 'getOwnText',
      'db.query.summary': 'getOwnText',
      'server.address': url.hostname,
      'server.port': Number(url.port),
    });
    expect(text).toMatch(/pg_backend_pid\(\) AND \$1 <> ''/);
    expect(JSON.stringify(attributes)).not.toContain('secret');
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('of a failure carries the SQLSTATE', async () => {
    await expect(addCounter(db, { id: 1, n: 4_711 })).rejects.toThrow(UniqueViolationError);
    const span = only();
    expect(span.attributes).toMatchObject({
      'db.response.status_code': '23505',
      'error.type': '23505',
    });
    expect(span.status).toMatchObject({ code: SpanStatusCode.ERROR });
    expect(JSON.stringify([span.attributes, span.status, span.events])).not.toContain('4711');
  });

  it('of a failure without an answer carries our code', async () => {
    const nowhere = await createDatabase({
      connectionString: 'postgres://nobody@127.0.0.1:1/none?sslmode=disable',
      connectBudgetMs: 0,
    });
    await expect(getNumber(nowhere, { id: 1 })).rejects.toThrow();
    await nowhere.close();
    expect(only().attributes).toMatchObject({
      'error.type': 'TOTHUB_CORE_CONNECTION_FAILED',
      'db.namespace': 'none',
      'server.port': 1,
    });
  });

  it('of a transaction is the parent of its statements, BEGIN and COMMIT', async () => {
    await withTransaction(db, { isolation: 'serializable' }, async (tx) => {
      await getNumber(tx, { id: 1 });
      await withTransaction(tx, {}, (nested) => getNumber(nested, { id: 1 }));
    });
    const all = spans.getFinishedSpans();
    const outer = all.at(-1) as ReadableSpan;
    expect(all.map(({ name }) => name)).toEqual([
      'BEGIN',
      'getNumber',
      'SAVEPOINT',
      'getNumber',
      'RELEASE SAVEPOINT',
      'COMMIT',
      'transaction',
    ]);
    expect(outer.attributes).toMatchObject({
      'tothub.transaction.isolation': 'serializable',
      'tothub.transaction.attempts': 1,
    });
    for (const span of all.slice(0, -1)) {
      expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    }
  });

  it('of a transaction that fails ends with ROLLBACK, and does not quote a foreign error', async () => {
    const run = withTransaction(db, {}, () => Promise.reject(new RangeError('a secret')));
    await expect(run).rejects.toThrow('a secret');
    const all = spans.getFinishedSpans();
    expect(all.map(({ name }) => name)).toEqual(['BEGIN', 'ROLLBACK', 'transaction']);
    expect(all[2]?.attributes).toMatchObject({ 'error.type': 'RangeError' });
    expect(all[2]?.status).toEqual({ code: SpanStatusCode.ERROR });
  });
});

describe('metrics', () => {
  it('count operations in seconds, in the buckets of the conventions', async () => {
    await getNumber(db, { id: 1 });
    await addCounter(db, { id: 1, n: 1 }).catch(() => {});
    await reader.forceFlush();
    const duration = metricOf('db.client.operation.duration');
    expect(duration?.descriptor).toMatchObject({ unit: 's' });
    const points = duration?.dataPoints ?? [];
    const of = (name: string, type?: string) =>
      points.find(
        ({ attributes }) =>
          attributes['db.query.summary'] === name && attributes['error.type'] === type,
      );
    expect(of('getNumber')?.value).toMatchObject({
      buckets: { boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
    });
    expect(of('addCounter', '23505')).toBeDefined();
    expect(points.some(({ attributes }) => 'db.query.text' in attributes)).toBe(false);
  });

  it('show the pool as it is', async () => {
    await withTransaction(db, {}, async (tx) => {
      await getNumber(tx, { id: 1 });
      await reader.forceFlush();
    });
    const pool = `${url.hostname}:${url.port}/${server.name}`;
    const used = metricOf('db.client.connection.count')?.dataPoints.find(
      ({ attributes }) => attributes['db.client.connection.state'] === 'used',
    );
    expect(used).toMatchObject({
      value: 1,
      attributes: { 'db.client.connection.pool.name': pool },
    });
    expect(metricOf('db.client.connection.max')?.dataPoints[0]?.value).toBe(3);
    expect(metricOf('db.client.connection.pending_requests')?.dataPoints[0]?.value).toBe(0);
    expect(metricOf('db.client.connection.wait_time')?.dataPoints.length).toBe(1);
  });

  it('forget a pool that is closed', async () => {
    const other = await createDatabase({ connectionString: server.url, maxConnections: 9 });
    await getNumber(other, { id: 1 });
    await other.close();
    await reader.forceFlush();
    const sizes = metricOf('db.client.connection.max')?.dataPoints.map(({ value }) => value);
    expect(sizes).toEqual([3]);
  });
});

function metricOf(name: string) {
  const all = measurements
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics);
  return all?.find(({ descriptor }) => descriptor.name === name);
}

describe('a slow query', () => {
  it('is told of with its name and text, whether it works or fails', async () => {
    await sleep(db, { seconds: 0.45 });
    await getNumber(db, { id: 1 });
    const timeout = withTransaction(db, { timeoutMs: 450 }, (tx) => sleep(tx, { seconds: 5 }));
    await expect(timeout).rejects.toThrow();
    expect(slow).toMatchObject([
      { query: 'sleep', text: 'SELECT pg_sleep($1)' },
      { query: 'sleep' },
    ]);
    expect(slow[0]?.durationMs).toBeGreaterThanOrEqual(400);
  });

  it('does not fail because the listener does', async () => {
    const loud = await createDatabase({
      connectionString: server.url,
      telemetry: {
        slowQueryMs: 0,
        onSlowQuery: () => {
          throw new TypeError('listener');
        },
      },
    });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(await getNumber(loud, { id: 1 })).not.toBeNull();
    expect(await warned).toMatchObject({ code: 'TOTHUB_CORE_SLOW_QUERY' });
    await loud.close();
  });
});

describe('the comment in the SQL', () => {
  const textWith = async (sqlComment: 'none' | 'name' | 'traceparent'): Promise<string> => {
    const own = await createDatabase({ connectionString: server.url, telemetry: { sqlComment } });
    try {
      return (await getOwnText(own, { value: 'x' })).text;
    } finally {
      await own.close();
    }
  };

  it('names the query, and the trace only when asked to', async () => {
    expect(await textWith('none')).toMatch(/^\s*SELECT/);
    expect(await textWith('name')).toMatch(/^\/\* getOwnText \*\/\s+SELECT/);
    const traced = await textWith('traceparent');
    const { traceId, spanId } = spans.getFinishedSpans().at(-1)?.spanContext() ?? {};
    expect(traced).toContain(`/* getOwnText traceparent='00-${traceId}-${spanId}-01' */`);
  });

  it('leaves one prepared statement per query, and none with the trace in it', async () => {
    const prepared = async (sqlComment: 'name' | 'traceparent'): Promise<number> => {
      const own = await createDatabase({
        connectionString: server.url,
        maxConnections: 1,
        telemetry: { sqlComment },
      });
      try {
        for (let i = 0; i < 12; i++) await getNumber(own, { id: 1 });
        return (await countPrepared(own, {})).count;
      } finally {
        await own.close();
      }
    };
    const countPrepared = defineQuery({
      name: 'countPrepared',
      access: 'read',
      input: z.object({}),
      row: z.object({ count: pgType.int4 }),
      rows: 'one',
      sql: () =>
        sql`
        SELECT count(*)::int AS count FROM pg_prepared_statements
        WHERE statement LIKE '%FROM public.counter%' AND statement NOT LIKE '%pg_prepared%'`,
      samples: [{}],
    });
    expect(await prepared('name')).toBe(1);
    expect(await prepared('traceparent')).toBe(0);
  });

  it('points errors at the right place behind it', async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('ALTER TABLE counter RENAME n TO m');
    try {
      await expect(getNumber(db, { id: 1 })).rejects.toThrow(/^getNumber: .* at n:/);
    } finally {
      await client.query('ALTER TABLE counter RENAME m TO n');
      await client.end();
    }
  });
});
