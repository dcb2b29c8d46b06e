import { resolve } from 'node:path';
import { createBackupKeys } from '@tothub/db-backup';
import { Command } from 'commander';
import { action, type CommonOptions } from '../command.ts';
import { exitCode } from '../exit.ts';

const init = new Command('init')
  .description('make an identity and a signing key, in one new file of mode 0600')
  .requiredOption('--out <file>', 'the file; an existing one is never replaced')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], CommonOptions & { out: string }>(async ({ output }, options) => {
      const path = resolve(options.out);
      const keys = await createBackupKeys(path);
      output.result({ path, ...keys }, () =>
        [
          `recipient   ${keys.recipient}`,
          `public key  ${keys.publicKey}`,
          '',
          `Keep ${path} apart from the backups, and a copy of it in a safe place: without it no encrypted`,
          'backup can be read, and whoever has it can read and forge them all.',
          'The machine that takes backups needs the recipient only (--recipient, TOTHUB_BACKUP_RECIPIENTS).',
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );

export const backupKeysCommand = new Command('keys')
  .description('keys that encrypt and sign backups')
  .addCommand(init);
