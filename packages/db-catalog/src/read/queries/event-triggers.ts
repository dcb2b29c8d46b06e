import type { EventTrigger } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

/** The event triggers of the database. */
export const eventTriggersQuery = catalogQuery<EventTrigger>`
  select t.evtname as name,
         t.evtevent as event,
         case t.evtenabled
           when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' else 'disabled'
         end as enabled,
         json_build_object('schema', fn.nspname, 'name', f.proname) as function,
         to_json(coalesce(t.evttags, '{}')) as tags
    from pg_event_trigger t
    join pg_proc f on f.oid = t.evtfoid
    join pg_namespace fn on fn.oid = f.pronamespace
   where not exists (
           select from pg_depend e
            where e.classid = 'pg_event_trigger'::regclass and e.objid = t.oid and e.deptype = 'e'
         )
   order by t.evtname`;
