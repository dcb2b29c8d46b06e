import type { Grant } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface GrantRow extends Grant {
  readonly catalog: 'schema' | 'relation' | 'routine';
  readonly object: number;
  /** Number of the column, 0 for the object itself. */
  readonly column: number;
}

/**
 * Every explicit privilege. An object whose rights were never changed has none: its owner's are implied.
 * All three names are of type `name`, which sorts the same on every server.
 */
export const grantsQuery = catalogQuery<GrantRow>`
  select acl.catalog,
         acl.object::bigint as object,
         acl.column,
         case when entry.grantee = 0 then 'PUBLIC' else pg_get_userbyid(entry.grantee) end as grantee,
         pg_get_userbyid(entry.grantor) as grantor,
         entry.privilege_type::name as privilege,
         entry.is_grantable as grantable
    from (
      select 'schema' as catalog, n.oid as object, 0 as column, n.nspacl as items, n.oid as schema
        from pg_namespace n
      union all
      select 'relation', c.oid, 0, c.relacl, c.relnamespace from pg_class c
      union all
      select 'relation', a.attrelid, a.attnum, a.attacl, c.relnamespace
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
       where not a.attisdropped
      union all
      select 'routine', p.oid, 0, p.proacl, p.pronamespace from pg_proc p
    ) as acl
    cross join lateral aclexplode(acl.items) as entry
   where acl.items is not null
     and acl.schema = any (string_to_array($1, ',')::oid[])
   order by 1, 2, 3, 4, 5, 6`;
