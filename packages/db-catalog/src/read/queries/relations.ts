import type { Relation, RelationName, RelationStatistics } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface RelationRow
  extends Pick<
    Relation,
    | 'schema'
    | 'name'
    | 'kind'
    | 'persistence'
    | 'owner'
    | 'comment'
    | 'rowLevelSecurity'
    | 'replicaIdentity'
    | 'options'
    | 'partitionKey'
    | 'definition'
  > {
  readonly oid: number;
  readonly foreignServer: string | null;
  readonly isPartition: boolean;
  readonly bound: string | null;
  readonly parents: readonly RelationName[];
  readonly statistics: RelationStatistics;
}

/** The tables and views, with their parents and their use. */
export const relationsQuery = catalogQuery<RelationRow>`
  select c.oid::bigint as oid,
         n.nspname as schema,
         c.relname as name,
         case c.relkind
           when 'r' then 'table'
           when 'p' then 'partitioned table'
           when 'f' then 'foreign table'
           when 'v' then 'view'
           when 'm' then 'materialized view'
         end as kind,
         case c.relpersistence
           when 'p' then 'permanent'
           when 'u' then 'unlogged'
           when 't' then 'temporary'
         end as persistence,
         pg_get_userbyid(c.relowner) as owner,
         about.description as comment,
         case
           when not c.relrowsecurity then 'off'
           when c.relforcerowsecurity then 'forced'
           else 'enabled'
         end as "rowLevelSecurity",
         case c.relreplident
           when 'd' then 'default'
           when 'n' then 'nothing'
           when 'f' then 'full'
           when 'i' then 'index'
         end as "replicaIdentity",
         to_json(coalesce(f.ftoptions, c.reloptions, '{}')) as options,
         s.srvname as "foreignServer",
         pg_get_partkeydef(c.oid) as "partitionKey",
         c.relispartition as "isPartition",
         pg_get_expr(c.relpartbound, c.oid) as bound,
         coalesce(
           (
             select json_agg(
                      json_build_object('schema', pn.nspname, 'name', p.relname) order by i.inhseqno
                    )
               from pg_inherits i
               join pg_class p on p.oid = i.inhparent
               join pg_namespace pn on pn.oid = p.relnamespace
              where i.inhrelid = c.oid
           ),
           '[]'
         ) as parents,
         case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
         json_build_object(
           'estimatedRows', case when c.reltuples >= 0 and c.relkind <> 'v' then c.reltuples end,
           'totalBytes', case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid) end,
           'tableBytes', case when c.relkind in ('r', 'm') then pg_table_size(c.oid) end,
           'indexBytes', case when c.relkind in ('r', 'm') then pg_indexes_size(c.oid) end,
           'sequentialScans', case when c.relkind in ('r', 'm') then pg_stat_get_numscans(c.oid) end,
           'indexScans',
             case when c.relkind in ('r', 'm') then (
               select sum(pg_stat_get_numscans(x.indexrelid)) from pg_index x where x.indrelid = c.oid
             ) end,
           'liveRows', case when c.relkind in ('r', 'm') then pg_stat_get_live_tuples(c.oid) end,
           'deadRows', case when c.relkind in ('r', 'm') then pg_stat_get_dead_tuples(c.oid) end
         ) as statistics
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_foreign_table f on f.ftrelid = c.oid
    left join pg_foreign_server s on s.oid = f.ftserver
    left join pg_description about
      on about.objoid = c.oid and about.classoid = 'pg_class'::regclass and about.objsubid = 0
   where c.relkind in ('r', 'p', 'f', 'v', 'm')
     and c.relnamespace = any (string_to_array($1, ',')::oid[])
     and not exists (
           select from pg_depend e
            where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
         )
     -- Null for a relation that another session has dropped since this snapshot was taken.
     and has_table_privilege(c.oid, 'select') is not null
   order by n.nspname, c.relname`;
