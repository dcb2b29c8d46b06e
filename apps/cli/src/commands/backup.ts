import { Command } from 'commander';
import { backupCreateCommand } from './backup-create.ts';
import { backupKeysCommand } from './backup-keys.ts';
import { backupListCommand } from './backup-list.ts';
import { backupPruneCommand } from './backup-prune.ts';
import { backupRestoreCommand } from './backup-restore.ts';
import { backupUndoCommand } from './backup-undo.ts';
import { backupVerifyCommand } from './backup-verify.ts';

export const backupCommand = new Command('backup')
  .description('dumps that are proven by restoring them')
  .addCommand(backupCreateCommand)
  .addCommand(backupVerifyCommand)
  .addCommand(backupRestoreCommand)
  .addCommand(backupUndoCommand)
  .addCommand(backupListCommand)
  .addCommand(backupPruneCommand)
  .addCommand(backupKeysCommand);
