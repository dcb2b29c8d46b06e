import type { Rule } from '../../model.ts';
import { catalogQuery } from '../catalog-query.ts';

export interface RuleRow extends Rule {
  readonly relation: number;
}

/** The rewrite rules, but for the one that makes a view a view. */
export const rulesQuery = catalogQuery<RuleRow>`
  select r.ev_class::bigint as relation,
         r.rulename as name,
         pg_get_ruledef(r.oid) as definition,
         case r.ev_enabled
           when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' else 'disabled'
         end as enabled,
         about.description as comment
    from pg_rewrite r
    join pg_class c on c.oid = r.ev_class
    left join pg_description about
      on about.objoid = r.oid and about.classoid = 'pg_rewrite'::regclass and about.objsubid = 0
   where r.rulename <> '_RETURN'
     -- Null for a table that another session has dropped since the snapshot: its rules cannot be printed.
     and has_table_privilege(r.ev_class, 'select') is not null
     and c.relnamespace = any (string_to_array($1, ',')::oid[])
   order by r.ev_class, r.rulename`;
