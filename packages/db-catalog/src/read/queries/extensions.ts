import type { Extension } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

/** The installed extensions and what each of them owns. */
export const extensionsQuery = catalogQuery<Extension>`
  select e.extname as name,
         n.nspname as schema,
         e.extversion as version,
         about.description as comment,
         coalesce(owned.members, '[]') as members
    from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace
    left join pg_description about
      on about.objoid = e.oid and about.classoid = 'pg_extension'::regclass and about.objsubid = 0
    left join (
      select member.extension,
             json_agg(member.description order by member.description collate "C") as members
        from (
          select d.refobjid as extension,
                 pg_describe_object(d.classid, d.objid, d.objsubid) as description
            from pg_depend d
           where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
             -- PostgreSQL 18 also records the array type that comes with a type.
             and not exists (
                   select from pg_type t where d.classid = 'pg_type'::regclass and t.typarray = d.objid
                 )
        ) as member
       where member.description is not null
       group by member.extension
    ) as owned on owned.extension = e.oid
   order by e.extname`;
