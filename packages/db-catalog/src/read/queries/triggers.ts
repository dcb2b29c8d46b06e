import type { Trigger } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface TriggerRow extends Trigger {
  readonly relation: number;
}

/** The triggers that were declared; the copies on partitions belong to their parent's. */
export const triggersQuery = catalogQuery<TriggerRow>`
  select t.tgrelid::bigint as relation,
         t.tgname as name,
         pg_get_triggerdef(t.oid) as definition,
         case t.tgenabled
           when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' else 'disabled'
         end as enabled,
         json_build_object('schema', fn.nspname, 'name', f.proname) as function,
         about.description as comment
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_proc f on f.oid = t.tgfoid
    join pg_namespace fn on fn.oid = f.pronamespace
    left join pg_description about
      on about.objoid = t.oid and about.classoid = 'pg_trigger'::regclass and about.objsubid = 0
   where not t.tgisinternal
     and t.tgparentid = 0
     -- Null for a table that another session has dropped since the snapshot: its triggers cannot be printed.
     and has_table_privilege(t.tgrelid, 'select') is not null
     and c.relnamespace = any (string_to_array($1, ',')::oid[])
   order by t.tgrelid, t.tgname`;
