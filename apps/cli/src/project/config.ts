/**
 * What belongs to one application and not to the tool: which legacy catalog it starts from, which columns hold
 * secrets and how each is treated, what is audited, which questions must find their index. `migrations/` holds
 * such a file; the command line only reads it.
 */
import type { RelationName } from '@tothub/db-catalog';
import type { MaskedTable, SecretTreatment } from '@tothub/db-security';
import type { SeedProfile } from '@tothub/db-seed';

export interface ProjectConfig {
  /** Name for people, as in "a TotHub database". */
  readonly name: string;
  /** Heading of the generated documentation. */
  readonly documentTitle: string;
  /** The catalog that a database without a ledger must hold, and the last migration that it stands for. */
  readonly baseline: { readonly through: string; readonly catalog: string };
  /** Schemas of others beside ours: never compared, never touched. */
  readonly leftAlone: readonly string[];
  /** Where old values go before they are changed. */
  readonly quarantine: RelationName;
  /** Where migrations note what they could not decide. */
  readonly findings: RelationName;
  readonly secrets: readonly SecretTreatment[];
  /** Triggers that keep secrets from coming back; enabled with the contraction of the old values. */
  readonly secretGuards: readonly { readonly table: RelationName; readonly trigger: string }[];
  readonly audited: readonly AuditedTable[];
  /** What analysts read instead of the tables; the roles are named on the command line. */
  readonly maskingViews?: { readonly schema: string; readonly tables: readonly MaskedTable[] };
  readonly sampleData: { readonly profile: SeedProfile };
  readonly keyQueries: readonly KeyQuery[];
  /** Tables that the migrations move, so that their rows are found again. */
  readonly moved: readonly { readonly from: RelationName; readonly to: RelationName }[];
}

export interface AuditedTable extends RelationName {
  /** Columns whose values never reach the log. */
  readonly redact?: readonly string[];
}

/** A question that the application asks often, and the index that must answer it. */
export interface KeyQuery {
  readonly name: string;
  readonly sql: string;
  readonly index: string;
}
