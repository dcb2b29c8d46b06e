import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** Makes a test for an `Authorization` header that takes the same time however much of the token is right. */
export function bearerTest(token: string): (authorization: string | null | undefined) => boolean {
  const expected = digest(token);
  return (authorization) =>
    timingSafeEqual(digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? ''), expected);
}

// Of equal length whatever was sent, as timingSafeEqual wants it.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Lets only requests with this bearer token pass. */
export function requireBearer(token: string): RequestHandler {
  const isRight = bearerTest(token);
  return (request, response, next) => {
    if (isRight(request.get('authorization'))) return next();
    response.set('WWW-Authenticate', 'Bearer');
    throw new Problem(401);
  };
}
