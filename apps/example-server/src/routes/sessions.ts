import { listActivity, listSessionsOfUser } from '@tothub/db-core';
import { Router } from 'express';
import { z } from 'zod';
import { page } from '../parameters.ts';
import type { ReadRoutes } from '../read-route.ts';

const ofUser = z.strictObject({ userId: z.string().min(1), ...page });
const ofSession = z.strictObject(page);

/** The session log: who logged in when, and what was asked for in a session. */
export function sessions(read: ReadRoutes): Router {
  return Router()
    .get(
      '/',
      read.list(ofUser, (db, input) => listSessionsOfUser(db, input)),
    )
    .get(
      '/:id/activity',
      read.list<typeof ofSession, { id: string }>(ofSession, (db, input, { params }) =>
        listActivity(db, { sessionId: params.id, ...input }),
      ),
    );
}
