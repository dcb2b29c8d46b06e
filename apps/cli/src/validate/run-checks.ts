import { faultText } from '../fault-text.ts';
import type { Output } from '../terminal/output.ts';
import type { CheckResult, ValidateContext } from './check.ts';
import { checks } from './checks/index.ts';

export interface NamedResult extends CheckResult {
  readonly name: string;
}

/** The whole checklist, in order. A check that cannot be made is a failed one: it says why. */
export async function runChecks(
  context: ValidateContext,
  output: Output,
): Promise<{ ok: boolean; checks: NamedResult[] }> {
  const results: NamedResult[] = [];
  for (const check of checks) {
    context.signal.throwIfAborted();
    const line = output.step(check.name);
    let result: CheckResult;
    try {
      result = await check.run(context);
    } catch (error) {
      context.signal.throwIfAborted();
      result = { status: 'failed', detail: faultText(error) };
    }
    for (const item of result.items ?? []) line.note(item);
    line.end(result.status === 'passed' ? 'done' : result.status, result.detail);
    results.push({ name: check.name, ...result });
  }
  return { ok: results.every(({ status }) => status !== 'failed'), checks: results };
}
