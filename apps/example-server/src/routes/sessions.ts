import { listActivity, listSessionsOfUser } from '@tothub/db-core';
import { Router } from 'express';
import { z } from 'zod';
import { page, parameters } from '../parameters.ts';
import type { ReadRoute } from '../read-route.ts';

const ofUser = z.strictObject({ userId: z.string().min(1), ...page });
const ofSession = z.strictObject(page);

/** The session log: who logged in when, and what was asked for in a session. */
export function sessions(read: ReadRoute): Router {
  return Router()
    .get(
      '/',
      read((db, request) => {
        const { userId, limit, after } = parameters(request, ofUser);
        return listSessionsOfUser(db, { userId, limit, cursor: after });
      }),
    )
    .get(
      '/:id/activity',
      read<{ id: string }>((db, request) => {
        const { limit, after } = parameters(request, ofSession);
        return listActivity(db, { sessionId: request.params.id, limit, cursor: after });
      }),
    );
}
