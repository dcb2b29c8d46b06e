import type { Sequence } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface SequenceRow extends Omit<Sequence, 'grants'> {
  readonly oid: number;
}

/** The sequences, and the column that owns each. */
export const sequencesQuery = catalogQuery<SequenceRow>`
  select c.oid::bigint as oid,
         n.nspname as schema,
         c.relname as name,
         format_type(s.seqtypid, null) as type,
         s.seqstart::text as start,
         s.seqincrement::text as increment,
         s.seqmin::text as minimum,
         s.seqmax::text as maximum,
         s.seqcache::text as cache,
         s.seqcycle as cycle,
         case when d.objid is not null then
           json_build_object(
             'schema', tn.nspname,
             'name', t.relname,
             'column', a.attname,
             'dependency', case d.deptype when 'i' then 'internal' else 'auto' end
           )
         end as "ownedBy",
         pg_get_userbyid(c.relowner) as owner,
         about.description as comment
    from pg_sequence s
    join pg_class c on c.oid = s.seqrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d
      on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
     and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class t on t.oid = d.refobjid
    left join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    left join pg_description about
      on about.objoid = c.oid and about.classoid = 'pg_class'::regclass and about.objsubid = 0
   where c.relnamespace = any (string_to_array($1, ',')::oid[])
     and not exists (
           select from pg_depend e
            where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
         )
   order by n.nspname, c.relname`;
