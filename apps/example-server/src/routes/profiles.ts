import { getProfile } from '@tothub/db-core';
import { Router } from 'express';
import type { ReadRoutes } from '../read-route.ts';

/** The data of a profile page. */
export function profiles(read: ReadRoutes): Router {
  return Router().get(
    '/:userId',
    read.one<{ userId: string }>((db, { params }) => getProfile(db, params)),
  );
}
