import type { Publication } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

/** The publications, and the tables and schemas that each names. */
export const publicationsQuery = catalogQuery<Publication>`
  select p.pubname as name,
         p.puballtables as "allTables",
         coalesce(
           (
             select json_agg(
                      json_build_object('schema', n.nspname, 'name', c.relname)
                      order by n.nspname, c.relname
                    )
               from pg_publication_rel r
               join pg_class c on c.oid = r.prrelid
               join pg_namespace n on n.oid = c.relnamespace
              where r.prpubid = p.oid
           ),
           '[]'
         ) as tables,
         coalesce(
           (
             select json_agg(n.nspname order by n.nspname)
               from pg_publication_namespace s
               join pg_namespace n on n.oid = s.pnnspid
              where s.pnpubid = p.oid
           ),
           '[]'
         ) as schemas
    from pg_publication p
   where not exists (
           select from pg_depend e
            where e.classid = 'pg_publication'::regclass and e.objid = p.oid and e.deptype = 'e'
         )
   order by p.pubname`;
