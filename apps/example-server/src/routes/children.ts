import { getChildWithParents, listChildrenWithParents } from '@tothub/db-core';
import { Router } from 'express';
import { z } from 'zod';
import { page, parameters } from '../parameters.ts';
import type { ReadRoute } from '../read-route.ts';

const listing = z.strictObject(page);

/** Children with their parents. */
export function children(read: ReadRoute): Router {
  return Router()
    .get(
      '/',
      read((db, request) => {
        const { limit, after } = parameters(request, listing);
        return listChildrenWithParents(db, { limit, cursor: after });
      }),
    )
    .get(
      '/:id',
      read<{ id: string }>((db, { params }) => getChildWithParents(db, params)),
    );
}
