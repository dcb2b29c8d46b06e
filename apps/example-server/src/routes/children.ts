import { getChildWithParents, listChildrenWithParents } from '@tothub/db-core';
import { Router } from 'express';
import { z } from 'zod';
import { page } from '../parameters.ts';
import type { ReadRoutes } from '../read-route.ts';

const listing = z.strictObject(page);

/** Children with their parents. */
export function children(read: ReadRoutes): Router {
  return Router()
    .get(
      '/',
      read.list(listing, (db, input) => listChildrenWithParents(db, input)),
    )
    .get(
      '/:id',
      read.one<{ id: string }>((db, { params }) => getChildWithParents(db, params)),
    );
}
