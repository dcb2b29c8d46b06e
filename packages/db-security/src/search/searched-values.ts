/** Collects the values that must not occur in the clear any more: from the quarantine, and from what was expanded. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { readRows } from '../columns/read-rows.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { describeSecretTable } from '../secrets/describe-secret-table.ts';
import { stripJsonSecrets } from '../secrets/json-secrets.ts';
import { decryptQuarantined } from '../secrets/quarantine.ts';
import { open } from '../secrets/treat-encrypt.ts';
import {
  encryptsWhole,
  logicalNameOf,
  type SecretTreatment,
  selectionOf,
} from '../secrets/treatment.ts';
import type { TransactionalClient } from '../session.ts';
import { type SearchedValue, SHORTEST_SEARCHED } from './value-searcher.ts';

/** What to search for. */
export interface SearchedValues {
  readonly values: ReadonlyMap<string, SearchedValue>;
  /** Distinct values that are too short, or ordinary words, and would be found by chance. */
  readonly notSearchedCount: number;
}

const PAGE = 500;

/** Reads and decrypts them. They stay in this process: none is ever sent to the server again. */
export async function collectSearchedValues(options: {
  readonly db: TransactionalClient;
  readonly treatments: readonly SecretTreatment[];
  readonly keyRing: KeyRing;
  readonly quarantine?: RelationName | undefined;
}): Promise<SearchedValues> {
  const { db, treatments, keyRing, quarantine } = options;
  const values = new Map<string, SearchedValue>();
  const notSearched = new Set<string>();
  const add = (treatment: SecretTreatment, old: string): void => {
    for (const secret of secretsIn(treatment, old)) {
      const forms = formsOf(secret);
      if (forms.length === 0) notSearched.add(secret);
      for (const form of forms) values.set(form.text, form);
    }
  };
  for (const treatment of treatments) {
    // What a reduced text held is not a list of values; scanSecrets counts those rows instead.
    if (treatment.treatment === 'reduce') continue;
    if (quarantine !== undefined) {
      for await (const old of quarantined(db, quarantine, treatment, keyRing)) add(treatment, old);
    }
    const position = encryptsWhole(treatment);
    if (position === undefined) continue;
    const table = await describeSecretTable(db, treatment);
    for await (const rows of readRows(db, table, selectionOf(treatment), PAGE)) {
      for (const { key, targets } of rows) {
        const context = { ...logicalNameOf(treatment), key };
        const value = open(targets[position], { keyRing, context });
        if (value !== undefined) add(treatment, value);
      }
    }
  }
  return { values, notSearchedCount: notSearched.size };
}

/** The values of a treatment's column in the quarantine. */
async function* quarantined(
  db: TransactionalClient,
  quarantine: RelationName,
  { table, column }: SecretTreatment,
  keyRing: KeyRing,
): AsyncGenerator<string> {
  let after = '0';
  while (true) {
    const { rows } = await db.query(
      `SELECT id::text AS id, row_key, old_value, encrypted FROM ${qualifiedName(quarantine)}
       WHERE schema_name = $1 AND table_name = $2 AND column_name = $3 AND old_value IS NOT NULL AND id > $4
       ORDER BY id LIMIT ${PAGE}`,
      [table.schema, table.name, column, after],
    );
    for (const row of rows) {
      const origin = { schema: table.schema, table: table.name, column, key: row.row_key };
      yield row.encrypted ? decryptQuarantined(row.old_value, origin, keyRing) : row.old_value;
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1).id;
  }
}

function secretsIn(treatment: SecretTreatment, old: string): readonly string[] {
  if (treatment.treatment !== 'encrypt-json') return [old.trim()];
  return stripJsonSecrets(old, treatment.secretKeys)?.secrets ?? [];
}

/** The ways in which a value may be written elsewhere; none for one that would be found by chance. */
function formsOf(secret: string): SearchedValue[] {
  if (secret.length < SHORTEST_SEARCHED || /^[a-z]{1,11}$/i.test(secret)) return [];
  const isBounded = /^\d+$/.test(secret);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const texts = new Set([
    secret,
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  const forms = [...texts].map((text) => ({ text, isBounded }));
  // A token is also written without its 0x; alone, so that it is not found within other digits, and only
  // with a letter in it, so that it is not taken for a date.
  const digits = /^0x([0-9a-f]{8,})$/i.exec(secret)?.[1];
  return digits === undefined || /^\d+$/.test(digits)
    ? forms
    : [...forms, { text: digits, isBounded: true }];
}
