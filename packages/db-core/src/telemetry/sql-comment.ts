import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Statement } from '../query/statement.ts';

/**
 * What a statement says of itself in `pg_stat_activity` and the server's log. `name`: the query, the same text each
 * time, so that it stays prepared. `traceparent`: the trace too, so that each text is new and none is prepared.
 */
export type SqlComment = 'none' | 'name' | 'traceparent';

/** Whatever could end a comment, or begin one in it. */
const UNSAFE = /[^\w.:-]/g;

/**
 * The statement with its comment in front.
 *
 * @example
 * // /* getChild *\/ SELECT id FROM public.children WHERE id = $1
 */
export function withComment(statement: Statement, comment: SqlComment): Statement {
  if (comment === 'none') return statement;
  const name = statement.name.replace(UNSAFE, '_');
  if (comment === 'traceparent') {
    const parent = traceparent();
    if (parent !== null) {
      const text = `/* ${name} traceparent='${parent}' */ ${statement.text}`;
      return { ...statement, text, prepare: false };
    }
  }
  return { ...statement, text: `/* ${name} */ ${statement.text}` };
}

/** W3C Trace Context, level 1. */
function traceparent(): string | null {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return null;
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}
