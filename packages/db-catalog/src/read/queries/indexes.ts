import type { Index, IndexKey } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface IndexRow extends Omit<Index, 'keys'> {
  readonly relation: number;
  readonly keys: readonly (Omit<IndexKey, 'collation'> & { readonly collation: string | null })[];
}

/** The indexes, their key parts in order, their validity and their use. */
export const indexesQuery = catalogQuery<IndexRow>`
  select i.indrelid::bigint as relation,
         c.relname as name,
         am.amname as method,
         i.indisunique as "isUnique",
         i.indisprimary as "isPrimary",
         i.indisexclusion as "isExclusion",
         i.indisvalid as "isValid",
         i.indisready as "isReady",
         i.indnullsnotdistinct as "nullsNotDistinct",
         parts.keys,
         parts.includes,
         pg_get_expr(i.indpred, i.indrelid) as predicate,
         pg_get_indexdef(i.indexrelid) as definition,
         c.relispartition as "isPartition",
         about.description as comment,
         json_build_object(
           'bytes', case when c.relkind = 'i' then pg_relation_size(i.indexrelid) end,
           'scans', case when c.relkind = 'i' then pg_stat_get_numscans(i.indexrelid) end
         ) as statistics
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class indexed on indexed.oid = i.indrelid and indexed.relkind in ('r', 'p', 'm')
    join pg_am am on am.oid = c.relam
    left join pg_description about
      on about.objoid = c.oid and about.classoid = 'pg_class'::regclass and about.objsubid = 0
    cross join lateral (
      select json_agg(
               json_build_object(
                 'column', a.attname,
                 'expression', pg_get_indexdef(i.indexrelid, k.place::int, false),
                 'descending', coalesce(i.indoption[k.place - 1] & 1, 0) <> 0,
                 'nullsFirst', coalesce(i.indoption[k.place - 1] & 2, 0) <> 0,
                 'collation',
                   case when i.indcollation[k.place - 1] <> a.attcollation then
                     nullif(i.indcollation[k.place - 1], 0)::regcollation
                   end
               ) order by k.place
             ) filter (where k.place <= i.indnkeyatts) as keys,
             coalesce(
               json_agg(a.attname order by k.place) filter (where k.place > i.indnkeyatts), '[]'
             ) as includes
        from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    ) as parts
   where c.relnamespace = any (string_to_array($1, ',')::oid[])
   order by i.indrelid, c.relname`;
