import type { Attributes, Histogram, Meter, ObservableUpDownCounter } from '@opentelemetry/api';
import type { DatabaseState } from '../database/pool-state.ts';

/** As the conventions advise for operations, in seconds. */
const OPERATION_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** The measurements of one pool. Only the duration of operations is stable; those of the pool are in development. */
export class Instruments {
  readonly meter: Meter;
  readonly #duration: Histogram;
  readonly #waitTime: Histogram;
  readonly #pool: Attributes;
  readonly #stop: () => void;

  constructor(meter: Meter, poolName: string, state: () => DatabaseState) {
    this.meter = meter;
    this.#pool = { 'db.client.connection.pool.name': poolName };
    this.#duration = meter.createHistogram('db.client.operation.duration', {
      description: 'Duration of database client operations.',
      unit: 's',
      advice: { explicitBucketBoundaries: OPERATION_BUCKETS },
    });
    this.#waitTime = meter.createHistogram('db.client.connection.wait_time', {
      description: 'The time it took to obtain an open connection from the pool.',
      unit: 's',
      advice: { explicitBucketBoundaries: OPERATION_BUCKETS },
    });
    this.#stop = observePool(meter, this.#pool, state);
  }

  operation(seconds: number, attributes: Attributes): void {
    this.#duration.record(seconds, attributes);
  }

  waited(seconds: number): void {
    this.#waitTime.record(seconds, this.#pool);
  }

  /** Has the pool asked no more. */
  stop(): void {
    this.#stop();
  }
}

function observePool(meter: Meter, pool: Attributes, state: () => DatabaseState): () => void {
  const counter = (name: string, description: string, unit: string): ObservableUpDownCounter =>
    meter.createObservableUpDownCounter(`db.client.connection.${name}`, { description, unit });
  const count = counter('count', 'Connections by state.', '{connection}');
  const max = counter('max', 'Connections that there can be at once.', '{connection}');
  const pending = counter('pending_requests', 'Calls that wait for a connection.', '{request}');
  const observed = [count, max, pending];
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const { idle, acquired, waiting, max: size } = state();
    result.observe(count, idle, { ...pool, 'db.client.connection.state': 'idle' });
    result.observe(count, acquired, { ...pool, 'db.client.connection.state': 'used' });
    result.observe(max, size, pool);
    result.observe(pending, waiting, pool);
  };
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
