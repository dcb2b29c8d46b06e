import { findPlaintext } from '@tothub/db-security';
import { withSession } from '../../database/connect.ts';
import { disabledGuards } from '../../project/secret-guards.ts';
import type { Check } from '../check.ts';

/**
 * No credential can be read anywhere any more, quarantine and audit trail included. Before the old values are
 * emptied (`--secrets`) they are there on purpose, so there is nothing to fail.
 */
export const noPlaintextCredentials: Check = {
  name: 'no plaintext',
  async run({ url, project, keyRing, signal }) {
    if ((await disabledGuards(url, project)).length > 0)
      return { status: 'skipped', detail: 'the old values are kept until improve --secrets' };
    if (!keyRing)
      return {
        status: 'skipped',
        detail: 'needs --keys: what to look for is known as ciphertext only',
      };
    const found = await withSession(url, (db) =>
      findPlaintext({
        db,
        treatments: project.secrets,
        keyRing,
        quarantine: project.quarantine,
        signal,
      }),
    );
    return {
      status: found.places.length === 0 ? 'passed' : 'failed',
      detail:
        found.places.length === 0
          ? `none of ${found.searchedCount} old values can be read anywhere`
          : `old values still stand in ${found.places.length} columns`,
      items: found.places.map(
        ({ schema, name, column, rows }) => `${schema}.${name}.${column}: ${rows} rows`,
      ),
    };
  },
};
