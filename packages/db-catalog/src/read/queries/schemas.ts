import { catalogQuery } from '../catalog-query.ts';

export interface SchemaRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly ownedByExtension: boolean;
}

/** The schemas that are not PostgreSQL's own and not an extension's. */
export const schemasQuery = catalogQuery<SchemaRow>`
  select n.oid::bigint as oid,
         n.nspname as name,
         pg_get_userbyid(n.nspowner) as owner,
         about.description as comment,
         exists (
           select from pg_depend e
            where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e'
         ) as "ownedByExtension"
    from pg_namespace n
    left join pg_description about
      on about.objoid = n.oid and about.classoid = 'pg_namespace'::regclass and about.objsubid = 0
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   order by n.nspname`;
