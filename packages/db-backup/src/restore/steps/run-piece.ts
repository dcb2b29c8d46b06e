import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Catalog, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RoleFinder } from '../../access/plan-access.ts';
import { FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT } from '../../connection/server-versions.ts';
import { relationKey } from '../../relation-key.ts';
import type { SequenceValue } from '../../snapshot/sequence-values.ts';
import { restorePart } from '../../wasm/restore.ts';
import type { ArchivePiece } from './archive-pieces.ts';
import { moveNames } from './move-names.ts';

/** How the pieces of one restore are run. */
export interface PieceRun {
  readonly serverMajor: number;
  readonly rowsOf: (table: RelationName) => number;
  /** Statements that take the place of the one in the backup, by heading. */
  readonly instead?: ReadonlyMap<string, string>;
  /** Relations that go into another schema. */
  readonly move?: { readonly relations: readonly RelationName[]; readonly schema: string };
  /** Only these sequences, where not all are restored. */
  readonly sequences?: readonly RelationName[];
}

/** Statements of a piece as they are to be run. */
export function statementsOf({ piece }: ArchivePiece & { kind: 'sql' }, run: PieceRun): string {
  let sql = run.instead?.get(piece.heading) ?? piece.sql;
  if (piece.type === '' && run.serverMajor < FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT)
    sql = sql.replace(/^SET transaction_timeout = 0;$/m, '');
  return run.move ? moveNames(sql, run.move.relations, run.move.schema) : sql;
}

/** Runs a piece in a session. */
export async function runPiece(client: pg.Client, one: ArchivePiece, run: PieceRun): Promise<void> {
  if (one.kind === 'part') return runPart(client, one.part, run);
  const { piece } = one;
  if (piece.statements) {
    for await (const statements of piece.statements) await client.query(statements);
  } else if (piece.rows) {
    const copy = client.query(copyFrom(statementsOf(one, run).replace(/;$/, '')));
    await pipeline(Readable.from(piece.rows, { objectMode: false }), copy);
  } else {
    await client.query(statementsOf(one, run));
  }
}

/** Reads past a piece without running it. Settings for later pieces are made all the same. */
export async function skipPiece(client: pg.Client, one: ArchivePiece): Promise<void> {
  if (one.kind === 'part') {
    for await (const _ of one.part.contents);
    return;
  }
  for await (const _ of one.piece.rows ?? one.piece.statements ?? []);
  const settings = one.piece.sql.match(/^SET default_table(space|_access_method) = .*;$/gm) ?? [];
  if (settings.length > 0) await client.query(settings.join('\n'));
}

async function runPart(
  client: pg.Client,
  part: (ArchivePiece & { kind: 'part' })['part'],
  run: PieceRun,
): Promise<void> {
  const { header, contents } = part;
  const moved = (name: RelationName): RelationName => {
    const isMoved = run.move?.relations.some((one) => relationKey(one) === relationKey(name));
    return isMoved && run.move ? { schema: run.move.schema, name: name.name } : name;
  };
  if (header.kind === 'table') {
    const { schema, name } = moved(header);
    return restorePart(
      client,
      { header: { ...header, schema, name }, contents },
      { serverMajor: run.serverMajor, rowsOf: () => run.rowsOf(header) },
    );
  }
  if (header.kind !== 'sequences') return restorePart(client, part, run);
  const wanted = run.sequences && new Set(run.sequences.map(relationKey));
  for (const value of JSON.parse((await buffer(contents)).toString()) as SequenceValue[]) {
    if (wanted && !wanted.has(relationKey(value))) continue;
    await client.query('SELECT setval($1::regclass, $2, $3)', [
      qualifiedName(moved(value)),
      value.lastValue,
      value.isCalled,
    ]);
  }
}

/** Table whose rows a piece holds, in words; undefined for anything else. */
export function tableOf(one: ArchivePiece): string | undefined {
  if (one.kind === 'part')
    return one.part.header.kind === 'table' ? qualifiedName(one.part.header) : undefined;
  return /^COPY (.*?) (?:\(|FROM)/s.exec(one.piece.rows ? one.piece.sql : '')?.[1];
}

/** Policies whose roles have another name on the target, as statements in place of those of the backup. */
export function policiesWithRoles(
  catalog: Catalog,
  mapRoles: Readonly<Record<string, string>>,
  roleOf: RoleFinder,
): Map<string, string> {
  const statements = new Map<string, string>();
  for (const relation of catalog.relations) {
    for (const policy of relation.policies) {
      if (!policy.roles.some((role) => Object.hasOwn(mapRoles, role))) continue;
      const line = (text: string): string => text.replace(/[\r\n]/g, ' ');
      const heading = `${line(relation.name)} ${line(policy.name)}; Type: POLICY; Schema: ${line(relation.schema)}`;
      const roles = policy.roles.map((role) => quoteIdent(roleOf(role) ?? role));
      statements.set(
        heading,
        [
          `CREATE POLICY ${quoteIdent(policy.name)} ON ${qualifiedName(relation)}`,
          `AS ${policy.permissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${policy.command.toUpperCase()} TO ${roles.join(', ')}`,
          policy.using === null ? '' : `USING (${policy.using})`,
          policy.withCheck === null ? '' : `WITH CHECK (${policy.withCheck})`,
        ].join(' '),
      );
    }
  }
  return statements;
}
