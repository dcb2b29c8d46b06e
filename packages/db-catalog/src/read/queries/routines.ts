import type { Routine } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface RoutineRow extends Omit<Routine, 'grants'> {
  readonly oid: number;
}

/** The functions, procedures and aggregates; not those that an extension or a range type brings along. */
export const routinesQuery = catalogQuery<RoutineRow>`
  select p.oid::bigint as oid,
         n.nspname as schema,
         p.proname as name,
         case p.prokind
           when 'f' then 'function' when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window'
         end as kind,
         pg_get_function_identity_arguments(p.oid) as "identityArguments",
         pg_get_function_arguments(p.oid) as arguments,
         pg_get_function_result(p.oid) as result,
         l.lanname as language,
         case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
         p.prosecdef as "securityDefiner",
         p.proisstrict as strict,
         to_json(coalesce(p.proconfig, '{}')) as configuration,
         case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end as definition,
         pg_get_userbyid(p.proowner) as owner,
         about.description as comment
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang
    left join pg_description about
      on about.objoid = p.oid and about.classoid = 'pg_proc'::regclass and about.objsubid = 0
   where p.pronamespace = any (string_to_array($1, ',')::oid[])
     and not exists (
           select from pg_depend e
            where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype in ('e', 'i')
         )
   order by n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) collate "C"`;
