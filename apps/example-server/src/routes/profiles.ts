import { getProfile } from '@tothub/db-core';
import { Router } from 'express';
import type { ReadRoute } from '../read-route.ts';

/** The data of a profile page. */
export function profiles(read: ReadRoute): Router {
  return Router().get(
    '/:userId',
    read<{ userId: string }>((db, { params }) => getProfile(db, params)),
  );
}
