import type { RelationName } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface ViewDependencyRow extends RelationName {
  readonly relation: number;
}

/** The relations that each view reads. */
export const viewDependenciesQuery = catalogQuery<ViewDependencyRow>`
  select distinct
         v.oid::bigint as relation,
         n.nspname as schema,
         c.relname as name
    from pg_rewrite r
    join pg_class v on v.oid = r.ev_class and v.relkind in ('v', 'm')
    join pg_depend d
      on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
     and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
    join pg_class c on c.oid = d.refobjid and c.relkind in ('r', 'p', 'f', 'v', 'm')
    join pg_namespace n on n.oid = c.relnamespace
   where r.rulename = '_RETURN'
     and v.relnamespace = any (string_to_array($1, ',')::oid[])
   order by 1, 2, 3`;
