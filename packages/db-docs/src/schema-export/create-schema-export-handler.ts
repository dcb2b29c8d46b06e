/**
 * The schema of a database over HTTP, for whoever may see it. Who that is, is the caller's business; so are rate
 * limits, compression and TLS.
 */
import { createHash } from 'node:crypto';
import { type Queryable, readCatalog, serialiseCatalog } from '@tothub/db-catalog';
import { type CatalogPart, redactCatalog } from './redact-catalog.ts';
import { sharedRead } from './shared-read.ts';

/** What `authorize` says: let in, unknown (401), or known and not allowed (403). */
export type Authorization = boolean | 'unauthenticated';

/** What to export, and to whom. */
export interface SchemaExportOptions {
  /** A client, or a `pg` pool, which then lends one client. Its role needs no privilege but to connect. */
  readonly db: Queryable;
  /**
   * Asked for every request. `true` lets it in, `'unauthenticated'` is 401, anything else 403. If it throws, the
   * answer is 503.
   */
  readonly authorize: (request: Request) => Authorization | Promise<Authorization>;
  /**
   * Parts of the catalog to leave out; `[]` exports everything.
   * @default ['access', 'code', 'server']
   */
  readonly omit?: readonly CatalogPart[];
  /**
   * Schemas to leave out, with the foreign keys and triggers that lead to them. A column of a type that lives there
   * still names it.
   * @default []
   */
  readonly hideSchemas?: readonly string[];
  /**
   * How long a catalog that was read is shown again, in milliseconds.
   * @default 0
   */
  readonly maxAgeMs?: number;
  /**
   * How long a request waits for the database, in milliseconds, before it is answered with 503.
   * @default 30000
   */
  readonly timeoutMs?: number;
  /**
   * Challenge of a 401, the value of `WWW-Authenticate`.
   * @default 'Bearer'
   */
  readonly challenge?: string;
  /** Told why an answer was 503: the answer itself does not say. */
  readonly onError?: (error: unknown) => void;
}

/** Answers a request of the Fetch standard. It never rejects. */
export type SchemaExportHandler = (request: Request) => Promise<Response>;

interface Export {
  readonly body: string;
  readonly etag: string;
}

/**
 * Makes a handler that answers GET and HEAD with the catalog as JSON, as `catalogJsonSchema` of db-catalog describes
 * it: the same bytes for the same schema, a strong ETag of them, 304 to who has them already. Requests that come while
 * the catalog is read share that read.
 *
 * @throws TypeError without `authorize`, or without something to query.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 for If-None-Match
 * @example
 * ```ts
 * const exportSchema = createSchemaExportHandler({
 *   db: pool,
 *   authorize: (request) => isAdmin(request.headers.get('authorization')),
 * });
 * app.all('/schema', toNodeHandler(exportSchema)); // Express; elsewhere: await exportSchema(request)
 * ```
 */
export function createSchemaExportHandler(options: SchemaExportOptions): SchemaExportHandler {
  const { db, authorize, omit = ['access', 'code', 'server'], hideSchemas = [] } = options;
  const { maxAgeMs = 0, timeoutMs = 30_000, challenge = 'Bearer', onError } = options;
  if (typeof authorize !== 'function') {
    throw new TypeError(
      'createSchemaExportHandler was given no authorize: a schema is not for everybody. Pass a function that tells for each request whether it may see it.',
    );
  }
  if (typeof db?.query !== 'function') {
    throw new TypeError(
      'createSchemaExportHandler was given no db. Pass a client or a pool with query(text, values).',
    );
  }

  const read = sharedRead(async (): Promise<Export> => {
    const catalog = await readCatalog(db, { lockTimeoutMs: timeoutMs });
    const body = serialiseCatalog(redactCatalog(catalog, hideSchemas, omit));
    return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
  }, maxAgeMs);

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refusal(405, 'Method Not Allowed', { Allow: 'GET, HEAD' });
    }
    try {
      const verdict = await authorize(request);
      if (verdict === 'unauthenticated') {
        return refusal(401, 'Unauthorized', { 'WWW-Authenticate': challenge });
      }
      if (verdict !== true) return refusal(403, 'Forbidden');
      return answer(request, await within(timeoutMs, read()));
    } catch (error) {
      onError?.(error);
      return refusal(503, 'Service Unavailable', { 'Retry-After': '5' });
    }
  };
}

function answer(request: Request, { body, etag }: Export): Response {
  const headers = {
    'Cache-Control': 'private, no-cache',
    ETag: etag,
    Vary: 'Authorization, Cookie',
    'X-Content-Type-Options': 'nosniff',
  };
  if (hasTag(request.headers.get('If-None-Match'), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': `${Buffer.byteLength(body)}`,
    },
  });
}

/** Weak comparison, as the field wants it: a cache that compressed the body made the tag weak. */
function hasTag(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
}

/** The same bytes for everybody: what went wrong is told to `onError` only. */
function refusal(status: number, title: string, headers: Record<string, string> = {}): Response {
  return new Response(`${JSON.stringify({ type: 'about:blank', title, status })}\n`, {
    status,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  });
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The catalog was not read within ${timeoutMs} ms. Look at the database.`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
