/** Runs the steps in order. Every step is a gate: it passes with evidence that is written down, or the run stops. */
import { CliError, exitCode } from '../exit.ts';
import { faultText } from '../fault-text.ts';
import type { Output } from '../terminal/output.ts';
import type { ImproveContext, Step } from './step.ts';

export interface PlannedStep {
  readonly name: string;
  readonly pending: string | null;
}

/** What each step would do now. */
export async function planImprove(
  steps: readonly Step[],
  context: ImproveContext,
): Promise<PlannedStep[]> {
  const plan: PlannedStep[] = [];
  let isForeseeable = true;
  for (const step of steps) {
    context.signal.throwIfAborted();
    const pending = isForeseeable ? await step.pending(context) : (step.outlook?.(context) ?? null);
    if (step.changesSchema && pending !== null) isForeseeable = false;
    plan.push({ name: step.name, pending });
  }
  return plan;
}

/**
 * Runs every step, noting the evidence of each in the journal before the next one begins.
 *
 * @throws CliError (exit 4) when a step fails in the middle; the same call goes on from there.
 */
export async function runImprove(
  steps: readonly Step[],
  context: ImproveContext,
  output: Output,
): Promise<void> {
  const { journal, signal } = context;
  for (const step of steps) {
    signal.throwIfAborted();
    const line = output.step(step.name);
    const startedAt = new Date().toISOString();
    try {
      const result = await step.run(context, line);
      const finishedAt = new Date().toISOString();
      await journal.record({ name: step.name, startedAt, finishedAt, ...result });
      line.end(result.status === 'passed' ? 'done' : 'skipped', result.summary);
    } catch (error) {
      line.end('failed', signal.aborted ? 'interrupted' : '');
      throw stoppedAt(step.name, error, signal.aborted);
    }
  }
}

function stoppedAt(step: string, error: unknown, aborted: boolean): CliError {
  if (error instanceof CliError) return error;
  const hint = 'Run the same command again: it goes on from here.';
  if (aborted)
    return new CliError('TOTHUB_INTERRUPTED', exitCode.interrupted, `Stopped in ${step}.`, {
      hint,
      cause: error,
    });
  return new CliError(
    'TOTHUB_STEP_FAILED',
    exitCode.interrupted,
    `${step} failed: ${faultText(error)}`,
    {
      hint,
      cause: error,
    },
  );
}
