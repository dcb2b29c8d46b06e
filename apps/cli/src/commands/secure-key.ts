/** Keys of the key file by their ids; what a key is made of is never shown, nor taken from the command line. */
import { resolve } from 'node:path';
import {
  addKey,
  type KeyPurpose,
  readKeyFile,
  retireKey,
  setCurrentKey,
} from '@tothub/db-security';
import { Command, Option } from 'commander';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { keyFilePath } from '../project/keys.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { confirm } from '../terminal/confirm.ts';

interface KeyOptions extends CommonOptions {
  readonly keys?: string;
  readonly purpose: KeyPurpose;
  readonly standby?: boolean;
  readonly except?: readonly string[];
  readonly yes?: boolean;
}

const purposes: readonly KeyPurpose[] = ['encryption', 'blindIndex', 'pepper'];

function withKeys(command: Command): Command {
  return command
    .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE)')
    .addOption(
      new Option('--purpose <purpose>', 'what the key is for')
        .choices([...purposes])
        .default('encryption'),
    );
}

function keyCommand(name: string, description: string): Command {
  const command = new Command(name).description(description);
  return withKeys(command).option('--json', 'print one JSON document on stdout');
}

function keyFile(flag: string | undefined): string {
  const path = keyFilePath(flag);
  if (path !== undefined) return resolve(path);
  throw usageError(
    'No key file was named.',
    'Name it with --keys or TOTHUB_KEYS_FILE; secure init makes one.',
  );
}

const list = keyCommand('list', 'ids of the keys, and which is current').action(
  action<[], KeyOptions>(async ({ output }, options) => {
    const ring = await readKeyFile(keyFile(options.keys));
    const keys = purposes.map((purpose) => ({ purpose, ids: ring.ids(purpose) }));
    output.result(
      { keys: keys.map(({ purpose, ids }) => ({ purpose, current: ids[0], ids })) },
      () =>
        keys
          .map(({ purpose, ids: [current, ...others] }) =>
            [`${purpose}: ${current} (current)`, ...others].join(', '),
          )
          .join('\n'),
    );
    return exitCode.done;
  }),
);

const add = keyCommand('add', 'add a new key and make it the current one')
  .option('--standby', 'add it only: make it current with key use, once every process has read it')
  .action(
    action<[], KeyOptions>(async ({ output }, options) => {
      const { purpose, standby = false } = options;
      const id = await addKey(keyFile(options.keys), { purpose, current: !standby });
      output.result({ id, purpose, current: !standby }, () =>
        [
          `The ${purpose} key ${id} is added${standby ? '' : ' and current'}. Back the key file up.`,
          ...(purpose === 'encryption'
            ? [
                standby
                  ? `When every process has read the file again: secure key use ${id}, then secure rotate.`
                  : 'Old values stay under their keys until secure rotate has brought them under this one.',
              ]
            : []),
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );

const use = keyCommand('use', 'make a key of the file the current one')
  .argument('<id>', 'id of the key')
  .action(
    action<[string], KeyOptions>(async ({ output }, options, id) => {
      const { purpose } = options;
      await setCurrentKey(keyFile(options.keys), { purpose, id });
      output.result({ id, purpose }, () => `The ${purpose} key ${id} is current.`);
      return exitCode.done;
    }),
  );

const retire = withKeys(
  databaseCommand('retire', 'take a key out of the file when nothing in the database needs it'),
)
  .argument('<id>', 'id of the key')
  .option('--except <table...>', 'tables whose values under the key are given up')
  .option('--yes', 'do it without asking')
  .action(
    action<[string], KeyOptions>(async ({ output, signal, url }, options, id) => {
      const { purpose, except = [] } = options;
      await confirm(
        `Take the ${purpose} key ${id} out of the file, once the database is found not to need it?`,
        options,
      );
      await withSession(url(), (db) =>
        retireKey(keyFile(options.keys), {
          db,
          purpose,
          id,
          signal,
          except: except.map(parseTableName),
        }),
      );
      output.result({ id, purpose }, () =>
        [
          `The ${purpose} key ${id} is gone from the key file: nothing in the database needs it.`,
          'Backups from before the rotation still do: keep the former key file as long as those.',
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );

export const keyCommands = new Command('key')
  .description('keys of the key file, by their ids')
  .addCommand(list)
  .addCommand(add)
  .addCommand(use)
  .addCommand(retire);
