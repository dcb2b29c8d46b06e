import { catalogQuery } from '../catalog-query.ts';

export interface TypeRow {
  readonly oid: number;
  readonly kind: 'enum' | 'domain' | 'composite' | 'range';
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  /** Labels of an enum in their sort order. */
  readonly labels: readonly string[];
  readonly baseType: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly collation: string | null;
  /** OID of the class that holds a composite type's attributes, else 0. */
  readonly attributes: number;
  readonly subtype: string | null;
}

/** The enums, domains, composite types and ranges; row types of tables are left out. */
export const typesQuery = catalogQuery<TypeRow>`
  select t.oid::bigint as oid,
         case t.typtype
           when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'
         end as kind,
         n.nspname as schema,
         t.typname as name,
         pg_get_userbyid(t.typowner) as owner,
         about.description as comment,
         coalesce(
           (
             select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid
           ),
           '[]'
         ) as labels,
         format_type(t.typbasetype, t.typtypmod) as "baseType",
         t.typnotnull as "notNull",
         coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) as default,
         case when t.typcollation <> base.typcollation then t.typcollation::regcollation end as collation,
         t.typrelid::bigint as attributes,
         format_type(r.rngsubtype, null) as subtype
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid
    left join pg_type base on base.oid = t.typbasetype
    left join pg_range r on r.rngtypid = t.oid
    left join pg_description about
      on about.objoid = t.oid and about.classoid = 'pg_type'::regclass and about.objsubid = 0
   where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
     and t.typnamespace = any (string_to_array($1, ',')::oid[])
     and not exists (
           select from pg_depend e
            where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e'
         )
   order by n.nspname, t.typname`;
