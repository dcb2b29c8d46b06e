import type { IncomingMessage, ServerResponse } from 'node:http';

/** A handler as Node's `http` module and Express take it. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error: unknown) => void,
) => Promise<void>;

/**
 * Lets a handler of the Fetch standard answer requests of Node's `http` module or of Express. Bodies of requests are not
 * passed on, bodies of answers not streamed: it is for handlers that read and say little, as the schema export.
 * What the handler throws goes to `next`, or is 500.
 *
 * @example
 * ```ts
 * app.all('/schema', toNodeHandler(createSchemaExportHandler({ db, authorize })));
 * ```
 */
export function toNodeHandler(handler: (request: Request) => Promise<Response>): NodeHandler {
  return async (request, response, next) => {
    try {
      const fetchRequest = asFetchRequest(request, response);
      await send(
        fetchRequest ? await handler(fetchRequest) : new Response(null, { status: 400 }),
        response,
      );
    } catch (error) {
      if (next) return next(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  };
}

/** Undefined for what the Fetch standard cannot say: TRACE, a target that is no URL. */
function asFetchRequest(request: IncomingMessage, response: ServerResponse): Request | undefined {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    // Pseudo headers of HTTP/2 start with a colon.
    if (!name.startsWith(':')) for (const value of values ?? []) headers.append(name, value);
  }
  try {
    // The Host header is whatever the client says: no handler should build upon it.
    return new Request(new URL(request.url ?? '/', 'http://localhost'), {
      method: request.method ?? 'GET',
      headers,
      signal: gone.signal,
    });
  } catch {
    return undefined;
  }
}

async function send(from: Response, to: ServerResponse): Promise<void> {
  to.statusCode = from.status;
  to.setHeaders(from.headers);
  to.end(Buffer.from(await from.arrayBuffer()));
}
