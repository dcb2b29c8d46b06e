/** Children: who they are, which of them are enrolled. */
import { z } from 'zod';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';

const id = z.string().min(1);

/** Finds a child by its id, enrolled or not. */
export const getChild = defineQuery({
  name: 'getChild',
  access: 'read',
  input: z.object({ id }),
  row: z.object({ id: pgType.text, firstName: pgType.text, isActive: pgType.bool.nullable() }),
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT id, first_name AS "firstName", is_active AS "isActive"
    FROM public.children WHERE id = ${input.id}`,
  samples: [{ id: 'c1' }],
});
