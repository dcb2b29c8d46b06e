import { type Span, SpanKind } from '@opentelemetry/api';
import { markFailed } from './attributes.ts';
import { activeTracer } from './sdk.ts';

/** What is told of a transaction; the conventions have no names for it yet. */
export interface TransactionFacts {
  readonly isolation: string;
  readonly readOnly: boolean;
}

/**
 * Runs a transaction, all its attempts, in a span that those of its statements, its BEGIN and its COMMIT or ROLLBACK
 * are children of. `began` is called for each attempt.
 */
export function inTransactionSpan<T>(
  { isolation, readOnly }: TransactionFacts,
  run: (began: () => void) => Promise<T>,
): Promise<T> {
  const tracer = activeTracer();
  if (tracer === null) return run(() => {});
  const options = {
    kind: SpanKind.INTERNAL,
    attributes: {
      'db.system.name': 'postgresql',
      'tothub.transaction.isolation': isolation,
      'tothub.transaction.read_only': readOnly,
    },
  };
  return tracer.startActiveSpan('transaction', options, async (span: Span) => {
    let attempts = 0;
    try {
      return await run(() => {
        attempts++;
      });
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.setAttribute('tothub.transaction.attempts', attempts);
      span.end();
    }
  });
}
