import type { Policy } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface PolicyRow extends Policy {
  readonly relation: number;
}

/** The row-level security policies. */
export const policiesQuery = catalogQuery<PolicyRow>`
  select p.polrelid::bigint as relation,
         p.polname as name,
         case p.polcmd
           when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
           else 'all'
         end as command,
         p.polpermissive as permissive,
         (
           select json_agg(named.role order by named.role collate "C")
             from (
               select case when role = 0 then 'PUBLIC' else pg_get_userbyid(role)::text end as role
                 from unnest(p.polroles) as role
             ) as named
         ) as roles,
         pg_get_expr(p.polqual, p.polrelid) as using,
         pg_get_expr(p.polwithcheck, p.polrelid) as "withCheck",
         about.description as comment
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    left join pg_description about
      on about.objoid = p.oid and about.classoid = 'pg_policy'::regclass and about.objsubid = 0
   where c.relnamespace = any (string_to_array($1, ',')::oid[])
   order by p.polrelid, p.polname`;
