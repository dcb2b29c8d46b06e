import { quoteIdent } from '@tothub/db-catalog';
import { EmbeddedServerError, withThrowawayServer } from '@tothub/db-embedded';
import { rolesOfServer } from '../access/apply-access.ts';
import { withConnection } from '../connection/connect.ts';
import { ScratchDatabaseError } from '../errors.ts';
import { bytesNeeded } from '../restore/differences.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';

/**
 * Lends a server of the backup's own major version that is started for this and thrown away with its data, also when
 * this process is killed. It has the roles that the backup names, so that policies can be made.
 *
 * @throws ScratchDatabaseError when no such server can be started here, or there is no room for it
 */
export async function withEmbeddedServer<T>(
  { manifest, catalog }: OpenedBackup,
  options: {
    readonly serverBinDir?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
  work: (connectionString: string) => Promise<T>,
): Promise<T> {
  const major = Math.trunc(manifest.server.versionNumber / 10_000);
  try {
    return await withThrowawayServer(
      { major, binDir: options.serverBinDir, neededBytes: bytesNeeded(catalog) },
      async ({ url }) => {
        await withConnection(url, options.signal, async (client) => {
          const there = await rolesOfServer(client);
          const missing = manifest.roles.filter((role) => !there.has(role));
          for (const role of missing) await client.query(`CREATE ROLE ${quoteIdent(role)}`);
        });
        return work(url);
      },
    );
  } catch (error) {
    if (!(error instanceof EmbeddedServerError)) throw error;
    throw new ScratchDatabaseError(error.message, { cause: error });
  }
}
