import { Command } from 'commander';
import { eraseCommand, maintainCommand, sealCommand, verifyCommand } from './audit-evidence.ts';
import { asOfCommand, historyCommand } from './audit-history.ts';
import { restoreCommand } from './audit-restore.ts';
import { disableCommand, enableCommand, statusCommand } from './audit-tables.ts';

export const auditCommand = new Command('audit')
  .description('who changed what')
  .addCommand(enableCommand)
  .addCommand(disableCommand)
  .addCommand(statusCommand)
  .addCommand(historyCommand)
  .addCommand(asOfCommand)
  .addCommand(restoreCommand)
  .addCommand(sealCommand)
  .addCommand(verifyCommand)
  .addCommand(maintainCommand)
  .addCommand(eraseCommand);
