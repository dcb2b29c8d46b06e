import { listKeptDatabases, undoRestore } from '@tothub/db-backup';
import { Option } from 'commander';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { describeUrl } from '../database/connection-url.ts';
import { exitCode, refusal } from '../exit.ts';
import { confirm } from '../terminal/confirm.ts';

interface UndoOptions extends CommonOptions {
  readonly sessions: 'refuse' | 'disconnect';
  readonly yes?: boolean;
}

/** `backup undo`. */
export const backupUndoCommand = databaseCommand(
  'undo',
  'take back the newest restore --swap of a database: the former one gets its name back',
)
  .addOption(
    new Option('--sessions <what>', 'where others are connected: refuse, or end them')
      .choices(['refuse', 'disconnect'])
      .default('refuse'),
  )
  .option('--yes', 'do not ask')
  .action(
    action<[], UndoOptions>(async ({ output, signal, url }, options) => {
      const database = url();
      const name = decodeURI(new URL(database).pathname.slice(1));
      const kept = (await listKeptDatabases(database)).find((one) => one.database === name);
      if (!kept)
        throw refusal(
          'TOTHUB_NOTHING_TO_UNDO',
          `No restore put a database ${name} aside on this server.`,
        );
      await confirm(
        `Give ${kept.name} (owner ${kept.owner}, put aside at ${kept.at}) the name ${name} back?`,
        options,
      );
      const { sessions } = options;
      const result = await undoRestore(database, { sessions, signal, kept: kept.name });
      output.result(
        result,
        () =>
          `${describeUrl(database)} is the database of before ${result.restored.at}. What was restored is kept as ${result.kept}.`,
      );
      return exitCode.done;
    }),
  );
