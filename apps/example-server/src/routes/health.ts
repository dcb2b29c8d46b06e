import type { Database } from '@tothub/db-core';
import { Router } from 'express';
import { Problem } from '../problem.ts';

/** Whether the process lives (`/healthz`) and whether it can serve (`/readyz`). */
export function health(db: Database): Router {
  return Router()
    .get('/healthz', (_request, response) => void response.json({ status: 'alive' }))
    .get('/readyz', async (_request, response) => {
      const { isHealthy } = await db.ping({ timeoutMs: 2_000 });
      if (!isHealthy) throw new Problem(503);
      response.json({ status: 'ready' });
    });
}
