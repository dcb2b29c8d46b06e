import type { Column } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface ColumnRow extends Omit<Column, 'grants'> {
  readonly relation: number;
  readonly number: number;
}

/** The columns of tables, views and composite types, in order. */
export const columnsQuery = catalogQuery<ColumnRow>`
  select a.attrelid::bigint as relation,
         a.attnum as number,
         a.attname as name,
         row_number() over (partition by a.attrelid order by a.attnum) as position,
         format_type(a.atttypid, a.atttypmod) as type,
         a.attnotnull as "notNull",
         pg_get_expr(d.adbin, d.adrelid) as default,
         case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
         case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
         case when a.attcollation <> t.typcollation then a.attcollation::regcollation end as collation,
         about.description as comment,
         case
           when un.nspname not in ('pg_catalog', 'information_schema') then
             case u.typtype
               when 'e' then json_build_object('schema', un.nspname, 'name', u.typname, 'kind', 'enum')
               when 'd' then json_build_object('schema', un.nspname, 'name', u.typname, 'kind', 'domain')
               when 'c' then json_build_object('schema', un.nspname, 'name', u.typname, 'kind', 'composite')
               when 'r' then json_build_object('schema', un.nspname, 'name', u.typname, 'kind', 'range')
             end
         end as "userType",
         element.oid is not null as "isArray"
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_type t on t.oid = a.atttypid
    left join pg_type element
      on element.oid = t.typelem and t.typsubscript = 'array_subscript_handler'::regproc
    join pg_type u on u.oid = coalesce(element.oid, t.oid)
    join pg_namespace un on un.oid = u.typnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_description about
      on about.objoid = c.oid and about.classoid = 'pg_class'::regclass and about.objsubid = a.attnum
   where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
     and c.relnamespace = any (string_to_array($1, ',')::oid[])
     and a.attnum > 0
     and not a.attisdropped
   order by a.attrelid, a.attnum`;
