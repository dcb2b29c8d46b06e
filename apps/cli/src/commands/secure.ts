import { resolve } from 'node:path';
import {
  createKeyFile,
  expandSecrets,
  type SecretTreatment,
  scanSecrets,
} from '@tothub/db-security';
import { Command } from 'commander';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { assertMigrated } from '../project/assess-database.ts';
import { keyFilePath, openKeyRing, readLegacyCipherKey } from '../project/keys.ts';
import { loadProject } from '../project/load-project.ts';
import { hashColumnCommand } from './secure-hash-column.ts';
import { keyCommands } from './secure-key.ts';
import { maskCommand } from './secure-mask.ts';
import { rotateCommand } from './secure-rotate.ts';

interface SecureOptions extends CommonOptions {
  readonly keys?: string;
  readonly legacyCipherKey?: string;
  readonly dryRun?: boolean;
}

const init = new Command('init')
  .description('make a key file; keep it safe, and apart from the backups')
  .option('--keys <file>', 'file to make (or TOTHUB_KEYS_FILE)')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], SecureOptions>(async ({ output }, options) => {
      const path = keyFilePath(options.keys);
      if (path === undefined) throw usageError('No file was named.', 'Pass --keys FILE.');
      await createKeyFile(resolve(path));
      output.result({ path: resolve(path) }, () =>
        [
          `${path} is made, readable by you alone.`,
          'Without it nothing that it protects can be read or checked again: keep a copy, apart from the backups.',
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );

const scan = projectCommand('scan', 'count the secrets by kind; never shows a value').action(
  action<[], SecureOptions>(async ({ output, url }, options) => {
    const project = await loadProject(options.config);
    await assertMigrated(url());
    const { secrets } = project;
    const found = await withSession(url(), (db) => scanSecrets(db, secrets));
    output.result({ columns: found }, () =>
      found
        .map(({ table, column, when, kinds, inClear }) => {
          const parts = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
          const rows = when ? ` (${when.equals})` : '';
          return `${table.schema}.${table.name}.${column}${rows}: ${inClear} in the clear; ${parts.join(', ') || 'no row'}`;
        })
        .join('\n'),
    );
    return exitCode.done;
  }),
);

function expansion(
  name: string,
  description: string,
  kinds: readonly SecretTreatment['treatment'][],
) {
  return projectCommand(name, description)
    .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE)')
    .option('--legacy-cipher-key <file>', 'file with the key of the legacy cipher')
    .option('--dry-run', 'count and change nothing')
    .action(
      action<[], SecureOptions>(async ({ output, signal, url }, options) => {
        const keyRing = await openKeyRing(options.keys, true);
        const legacyCipherKey = await readLegacyCipherKey(options.legacyCipherKey);
        const project = await loadProject(options.config);
        await assertMigrated(url());
        const treatments = project.secrets.filter(({ treatment }) => kinds.includes(treatment));
        const results = await withSession(url(), (db) =>
          expandSecrets({
            db,
            treatments,
            keyRing,
            signal,
            dryRun: options.dryRun === true,
            ...(legacyCipherKey !== undefined && { legacyCipherKey }),
          }),
        );
        output.result({ columns: results, dryRun: options.dryRun === true }, () =>
          results
            .map(({ table, column, written, alreadyDone, kept }) => {
              const rest = kept.map(({ reason, count }) => `, ${count} kept (${reason})`).join('');
              return `${table.schema}.${table.name}.${column}: ${written} written, ${alreadyDone} done before${rest}`;
            })
            .join('\n'),
        );
        return exitCode.done;
      }),
    );
}

export const secureCommand = new Command('secure')
  .description('hash, encrypt and mask what not everyone may see')
  .addCommand(init)
  .addCommand(scan)
  .addCommand(expansion('hash', 'hash credentials, index look-ups', ['hash', 'blind-index']))
  .addCommand(expansion('encrypt', 'encrypt columns', ['encrypt', 'encrypt-json']))
  .addCommand(hashColumnCommand)
  .addCommand(keyCommands)
  .addCommand(rotateCommand)
  .addCommand(maskCommand);
