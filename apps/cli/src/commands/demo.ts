import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createKeyFile, readKeyFile } from '@tothub/db-security';
import { LEGACY_CIPHER_KEY, loadLegacyFixture, startPostgres } from '@tothub/db-testkit';
import { Command } from 'commander';
import pg from 'pg';
import { action, type CommonOptions } from '../command.ts';
import { exitCode } from '../exit.ts';
import { describeOutcome } from '../improve/describe-outcome.ts';
import { improve } from '../improve/improve.ts';
import { loadProject } from '../project/load-project.ts';

interface DemoOptions extends CommonOptions {
  readonly dir: string;
}

const database = 'tothub';

/** The legacy database on the demo's server; made once, whole or not at all. */
async function legacyDatabase(server: Awaited<ReturnType<typeof startPostgres>>): Promise<string> {
  const admin = new pg.Client({ connectionString: server.url() });
  await admin.connect();
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  await admin.end();
  if (rowCount === 0) {
    const draft = `${database}_draft`;
    await server.dropDatabase(draft);
    await loadLegacyFixture(await server.createDatabase(draft));
    await server.execute('postgres', `ALTER DATABASE ${draft} RENAME TO ${database}`);
  }
  return server.url(database);
}

export const demoCommand = new Command('demo')
  .description('improve a throwaway copy of the legacy database, on a server of its own')
  .option('--dir <dir>', 'folder of the server, the backups and the report', 'tothub-demo')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], DemoOptions>(async ({ output, signal }, options) => {
      const directory = resolve(options.dir);
      await mkdir(directory, { recursive: true });
      const line = output.step('server');
      const server = await startPostgres({ major: 18, dataDir: join(directory, 'postgres') });
      try {
        const url = await legacyDatabase(server);
        line.end('done', `PostgreSQL ${server.binaries.version} on port ${server.port}`);
        const keys = join(directory, 'keys.json');
        if (!existsSync(keys)) await createKeyFile(keys);
        const result = await improve(
          {
            url,
            project: await loadProject(undefined),
            directory,
            backupDirectory: join(directory, 'backups'),
            backupKeys: {},
            keyRing: await readKeyFile(keys),
            legacyCipherKey: LEGACY_CIPHER_KEY,
            contract: true,
            sampleData: true,
            concurrentWrites: false,
            signal,
          },
          { dryRun: false, output },
        );
        if (result.kind !== 'plan')
          output.result(result.report, () => describeOutcome(result.report, directory));
        return result.ok ? exitCode.done : exitCode.refused;
      } finally {
        await server.stop();
      }
    }),
  );
