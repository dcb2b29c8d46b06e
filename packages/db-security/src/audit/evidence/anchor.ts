import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { AuditEvidenceError, withoutValues } from '../../errors.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';

/** What an anchor says: the number of a seal and its hash, which stands for every entry sealed until then. */
export interface AuditAnchor {
  readonly version: 1;
  readonly seal: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
  readonly sealedAt: string;
}

/**
 * Reads the anchor of the newest seal: a line of JSON without any personal value. Keep it where nobody who can write to
 * this database can change it: another account's storage, a printed page, a message to the auditor. Undefined as long
 * as nothing is sealed.
 *
 * @throws {StatementError} when PostgreSQL refuses.
 *
 * @example
 * ```ts
 * await readAnchor(db); // SELECT … FROM ONLY audit.seal ORDER BY number DESC LIMIT 1
 * // '{"version":1,"seal":42,"hash":"9f…","sealedAt":"2026-11-22T20:00:00.000Z"}'
 * ```
 */
export async function readAnchor(
  db: Queryable,
  options: AuditOptions = {},
): Promise<string | undefined> {
  const { schema = DEFAULT_AUDIT_SCHEMA } = options;
  try {
    const { rows } = await db.query(
      `SELECT number::text AS seal, encode(chain_hash, 'hex') AS hash, extract(epoch FROM sealed_at)::float8 AS "sealedAt"
       FROM ONLY ${quoteIdent(schema)}.seal ORDER BY number DESC LIMIT 1`,
    );
    const row = rows[0] as { seal: string; hash: string; sealedAt: number } | undefined;
    if (row === undefined) return undefined;
    const anchor: AuditAnchor = {
      version: 1,
      seal: Number(row.seal),
      hash: row.hash,
      sealedAt: new Date(row.sealedAt * 1_000).toISOString(),
    };
    return JSON.stringify(anchor);
  } catch (error) {
    throw withoutValues(error, 'Reading the anchor of the audit log');
  }
}

/**
 * Reads the text of an anchor back.
 *
 * @throws {AuditEvidenceError} when it is not one: a damaged anchor must not pass for a good one.
 */
export function parseAnchor(text: string): AuditAnchor {
  let anchor: Partial<AuditAnchor> | null = null;
  try {
    anchor = JSON.parse(text) as Partial<AuditAnchor> | null;
  } catch {
    // Said below, without the text.
  }
  const { version, seal, hash, sealedAt } = anchor ?? {};
  if (
    version !== 1 ||
    typeof seal !== 'number' ||
    !Number.isSafeInteger(seal) ||
    seal < 1 ||
    typeof hash !== 'string' ||
    !/^[0-9a-f]{64}$/.test(hash) ||
    typeof sealedAt !== 'string'
  ) {
    throw new AuditEvidenceError(
      'The text is not an anchor of this version. Pass what readAnchor or sealAudit gave, unchanged.',
    );
  }
  return { version, seal, hash, sealedAt };
}
