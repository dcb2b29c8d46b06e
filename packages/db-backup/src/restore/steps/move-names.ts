import { quoteLiteral, type RelationName } from '@tothub/db-catalog';
import { relationKey } from '../../relation-key.ts';

/** Strings, dollar-quoted texts, comments, quoted and plain names, dots; anything else stays as it is. */
const TOKEN =
  /E'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|--[^\n]*|("(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)\.("(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|"(?:[^"]|"")*"/g;
const QUALIFIED =
  /^("(?:[^"]|"")*"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)\.("(?:[^"]|"")*"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)$/s;

/**
 * Rewrites statements of `pg_dump`, which qualifies every name, so that certain relations stand in another schema. In
 * texts only a whole one is rewritten that is such a name, as in `nextval('app.t_id_seq')`.
 */
export function moveNames(sql: string, relations: readonly RelationName[], schema: string): string {
  const moved = new Set(relations.map(relationKey));
  const to = `"${schema.replaceAll('"', '""')}"`;
  const rename = (first: string, second: string): string | undefined =>
    moved.has(relationKey({ schema: nameOf(first), name: nameOf(second) }))
      ? `${to}.${second}`
      : undefined;
  return sql.replace(TOKEN, (token: string, _tag, first?: string, second?: string) => {
    if (first !== undefined && second !== undefined) return rename(first, second) ?? token;
    if (!token.startsWith("'")) return token;
    const [, left, right] = QUALIFIED.exec(token.slice(1, -1).replaceAll("''", "'")) ?? [];
    const renamed = left !== undefined && right !== undefined ? rename(left, right) : undefined;
    return renamed === undefined ? token : quoteLiteral(renamed);
  });
}

function nameOf(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
