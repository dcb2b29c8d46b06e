/** Parses, asks, shows. What it does is in the packages. */
import { interruption } from './command.ts';
import { program } from './program.ts';
import { reportError } from './report-error.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(4);
    process.stderr.write('\nStopping; once more to stop at once.\n');
    interruption.abort();
  });
// A reader that has gone (`| head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.includes('--json'));
}
