/**
 * Spans, measurements and slow queries of one pool, in OpenTelemetry's conventions for databases. Names and texts with
 * placeholders go out, values never. Without an SDK and a hook it does nothing but write the comment.
 */
import { type Attributes, context, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { DatabaseState } from '../database/pool-state.ts';
import type { Statement } from '../query/statement.ts';
import {
  errorAttributes,
  markFailed,
  type ServerIdentity,
  serverAttributes,
} from './attributes.ts';
import { Instruments } from './instruments.ts';
import { activeMeter, activeTracer } from './sdk.ts';
import { SlowQueries, type SlowQueryOptions } from './slow-queries.ts';
import { type SqlComment, withComment } from './sql-comment.ts';

/** What a database tells of itself. Spans and metrics need no option: they follow the OpenTelemetry SDK. */
export interface TelemetryOptions extends SlowQueryOptions {
  /**
   * What a statement says of itself in `pg_stat_activity` and the server's log.
   * @default 'name'
   */
  readonly sqlComment?: SqlComment;
}

/** One operation on the database, as it is reported. */
interface Operation {
  readonly name: string;
  /** SQL with placeholders; null for a command, which has no placeholders to hide values behind. */
  readonly text: string | null;
}

export class Telemetry {
  readonly #server: Attributes;
  readonly #poolName: string;
  readonly #state: () => DatabaseState;
  readonly #comment: SqlComment;
  readonly #slow: SlowQueries | null;
  #instruments: Instruments | null = null;

  constructor(server: ServerIdentity, options: TelemetryOptions, state: () => DatabaseState) {
    this.#server = serverAttributes(server);
    this.#poolName = `${server.address}:${server.port}/${server.database}`;
    this.#state = state;
    this.#comment = options.sqlComment ?? 'name';
    this.#slow = SlowQueries.from(options);
  }

  /** Runs a statement, with its comment, as one operation. */
  statement<T>(statement: Statement, run: (statement: Statement) => Promise<T>): Promise<T> {
    return this.#operation(statement, () => run(withComment(statement, this.#comment)));
  }

  /** Runs a command without values, such as COMMIT, as one operation. */
  command<T>(sql: string, run: () => Promise<T>): Promise<T> {
    return this.#operation({ name: commandName(sql), text: null }, run);
  }

  /** How long a call waited for its connection. */
  waited(ms: number): void {
    this.#measured()?.waited(ms / 1_000);
  }

  stop(): void {
    this.#instruments?.stop();
    this.#instruments = null;
  }

  #operation<T>(operation: Operation, run: () => Promise<T>): Promise<T> {
    const tracer = activeTracer();
    const instruments = this.#measured();
    if (tracer === null && instruments === null && this.#slow === null) return run();
    return this.#reported(operation, tracer, instruments, run);
  }

  async #reported<T>(
    operation: Operation,
    tracer: Tracer | null,
    instruments: Instruments | null,
    run: () => Promise<T>,
  ): Promise<T> {
    const { name, text } = operation;
    const attributes: Attributes = {
      ...this.#server,
      'db.operation.name': name,
      'db.query.summary': name,
    };
    const span = tracer?.startSpan(name, {
      kind: SpanKind.CLIENT,
      attributes: text === null ? attributes : { ...attributes, 'db.query.text': text },
    });
    const began = performance.now();
    let failure: Attributes | undefined;
    try {
      if (span === undefined) return await run();
      return await context.with(trace.setSpan(context.active(), span), run);
    } catch (error) {
      failure = errorAttributes(error);
      if (span !== undefined) markFailed(span, error);
      throw error;
    } finally {
      span?.end();
      const durationMs = performance.now() - began;
      instruments?.operation(durationMs / 1_000, { ...attributes, ...failure });
      this.#slow?.tell(operation, durationMs);
    }
  }

  #measured(): Instruments | null {
    const meter = activeMeter();
    if (meter === (this.#instruments?.meter ?? null)) return this.#instruments;
    this.stop();
    if (meter !== null) this.#instruments = new Instruments(meter, this.#poolName, this.#state);
    return this.#instruments;
  }
}

/** The command itself, without the names and values that may follow. */
function commandName(sql: string): string {
  return /^(?:ROLLBACK TO|RELEASE|SET)(?: [A-Z]+)?|^[A-Z]+/.exec(sql)?.[0] ?? 'command';
}
