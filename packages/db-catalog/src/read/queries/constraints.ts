import type { ForeignKeyAction, RelationName } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface ConstraintRow {
  /** OID of the table, 0 for a constraint of a domain. */
  readonly relation: number;
  /** OID of the domain, 0 for a constraint of a table. */
  readonly domain: number;
  readonly kind: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclusion' | 'not null';
  readonly name: string;
  readonly definition: string;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly validated: boolean;
  readonly isLocal: boolean;
  readonly comment: string | null;
  readonly columns: readonly string[];
  readonly index: string | null;
  readonly nullsNotDistinct: boolean | null;
  readonly references: RelationName | null;
  readonly referencedColumns: readonly string[];
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  readonly onDeleteColumns: readonly string[];
  readonly match: 'simple' | 'full' | 'partial';
  readonly expression: string | null;
  readonly noInherit: boolean;
}

/**
 * The constraints of tables and domains. The rows that PostgreSQL adds for each partition of a referenced
 * table are left out: they belong to the one foreign key that was declared.
 */
export const constraintsQuery = catalogQuery<ConstraintRow>`
  select x.conrelid::bigint as relation,
         x.contypid::bigint as domain,
         case x.contype
           when 'p' then 'primary key'
           when 'u' then 'unique'
           when 'f' then 'foreign key'
           when 'c' then 'check'
           when 'x' then 'exclusion'
           when 'n' then 'not null'
         end as kind,
         x.conname as name,
         pg_get_constraintdef(x.oid) as definition,
         x.condeferrable as deferrable,
         x.condeferred as "initiallyDeferred",
         x.convalidated as validated,
         x.conislocal as "isLocal",
         about.description as comment,
         coalesce(
           (
             select json_agg(a.attname order by k.place)
               from unnest(x.conkey) with ordinality as k (attnum, place)
               join pg_attribute a on a.attrelid = x.conrelid and a.attnum = k.attnum
           ),
           '[]'
         ) as columns,
         own.relname as index,
         i.indnullsnotdistinct as "nullsNotDistinct",
         case when x.contype = 'f' then
           json_build_object('schema', rn.nspname, 'name', r.relname)
         end as references,
         coalesce(
           (
             select json_agg(a.attname order by k.place)
               from unnest(x.confkey) with ordinality as k (attnum, place)
               join pg_attribute a on a.attrelid = x.confrelid and a.attnum = k.attnum
           ),
           '[]'
         ) as "referencedColumns",
         case x.confupdtype
           when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null'
           when 'd' then 'set default' else 'no action'
         end as "onUpdate",
         case x.confdeltype
           when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null'
           when 'd' then 'set default' else 'no action'
         end as "onDelete",
         coalesce(
           (
             select json_agg(a.attname order by k.place)
               from unnest(x.confdelsetcols) with ordinality as k (attnum, place)
               join pg_attribute a on a.attrelid = x.conrelid and a.attnum = k.attnum
           ),
           '[]'
         ) as "onDeleteColumns",
         case x.confmatchtype when 'f' then 'full' when 'p' then 'partial' else 'simple' end as match,
         pg_get_expr(x.conbin, x.conrelid) as expression,
         x.connoinherit as "noInherit"
    from pg_constraint x
    left join pg_class own on own.oid = x.conindid and x.contype <> 'f'
    left join pg_index i on i.indexrelid = own.oid
    left join pg_class r on r.oid = x.confrelid
    left join pg_namespace rn on rn.oid = r.relnamespace
    left join pg_description about
      on about.objoid = x.oid and about.classoid = 'pg_constraint'::regclass and about.objsubid = 0
   where x.contype in ('p', 'u', 'f', 'c', 'x', 'n')
     and x.connamespace = any (string_to_array($1, ',')::oid[])
     and not exists (
           select from pg_constraint declared
            where declared.oid = x.conparentid and declared.conrelid = x.conrelid
         )
     -- A definition cannot be printed when another session has dropped a table or index of it since the snapshot.
     and (x.conrelid = 0 or has_table_privilege(x.conrelid, 'select') is not null)
     and (x.confrelid = 0 or has_table_privilege(x.confrelid, 'select') is not null)
     and (x.conindid = 0 or has_table_privilege(x.conindid, 'select') is not null)
   order by x.conrelid, x.contypid, x.conname`;
