import {
  type ContractReport,
  contractSecrets,
  expandSecrets,
  type SecretProgress,
  type TreatmentReport,
} from '@tothub/db-security';
import { withSession } from '../../database/connect.ts';
import { disabledGuards, enableGuards } from '../../project/secret-guards.ts';
import type { StepOutput } from '../../terminal/output.ts';
import type { ImproveContext, Step } from '../step.ts';

type Keyed = ImproveContext & { keyRing: NonNullable<ImproveContext['keyRing']> };
const hasKeys = (context: ImproveContext): context is Keyed => context.keyRing !== undefined;

interface Options {
  readonly dryRun: boolean;
  readonly output?: StepOutput;
}

const common = (context: Keyed, { dryRun, output }: Options) => ({
  treatments: context.project.secrets,
  keyRing: context.keyRing,
  dryRun,
  signal: context.signal,
  ...(context.legacyCipherKey !== undefined && { legacyCipherKey: context.legacyCipherKey }),
  ...(output && {
    onProgress: ({ phase, what }: SecretProgress) => output.progress(`${phase} ${what}`),
  }),
});

/** What is only ever reduced has nothing to expand: looking at each of its rows would be for nothing. */
const expand = (context: Keyed, options: Options) =>
  withSession(context.url, (db) => {
    const { treatments, ...rest } = common(context, options);
    const expandable = treatments.filter(({ treatment }) => treatment !== 'reduce');
    return expandSecrets({ db, treatments: expandable, ...rest });
  });

const contract = (context: Keyed, options: Options) =>
  withSession(context.url, (db) =>
    contractSecrets({
      db,
      quarantine: context.project.quarantine,
      everywhere: true,
      ...common(context, options),
    }),
  );

/** Old values that a contraction takes away, wherever they stand. */
const emptied = ({ treatments, sealed, elsewhere }: ContractReport): number =>
  total(treatments) + sealed + (elsewhere?.redacted ?? []).reduce((sum, { rows }) => sum + rows, 0);

const total = (results: readonly { written: number }[]): number =>
  results.reduce((sum, { written }) => sum + written, 0);

export interface SecretsEvidence {
  readonly expanded: readonly TreatmentReport[];
  /** Null when the old values were left in place. */
  readonly contracted: ContractReport | null;
  /** Reads that stop matching once the old values are gone. */
  readonly breaks: readonly string[];
}

/** Hashes, look-up indexes and ciphertext beside the old values; with `--secrets` the old values go too. */
export const secrets: Step = {
  name: 'secrets',
  outlook(context) {
    if (!hasKeys(context)) return null;
    return context.contract
      ? 'hash and encrypt into new columns, then empty the old values'
      : 'hash and encrypt into new columns, beside the old values';
  },
  async pending(context) {
    if (!hasKeys(context)) return null;
    const expansion = total(await expand(context, { dryRun: true }));
    if (expansion > 0) return `protect ${expansion} values`;
    if (!context.contract) return null;
    const guards = await disabledGuards(context.url, context.project);
    const contraction = emptied(await contract(context, { dryRun: true }));
    if (contraction > 0) return `empty ${contraction} old values`;
    return guards.length > 0 ? `enable ${guards.length} triggers` : null;
  },
  async run(context, output) {
    if (!hasKeys(context))
      return {
        status: 'skipped',
        summary: 'no key file: tothub-db secure init makes one, --keys names it',
        evidence: null,
      };
    const breaks = context.project.secrets.flatMap((treatment) => treatment.breaks ?? []);
    const expanded = await expand(context, { dryRun: false, output });
    if (!context.contract)
      return {
        status: 'passed',
        summary: `${total(expanded)} values protected beside the old ones`,
        evidence: { expanded, contracted: null, breaks } satisfies SecretsEvidence,
      };
    // The guard comes first, so that nothing slips in behind the sweep.
    await enableGuards(context.url, context.project);
    const contracted = await contract(context, { dryRun: false, output });
    return {
      status: 'passed',
      summary: `${total(expanded)} values protected, ${emptied(contracted)} old ones emptied`,
      evidence: { expanded, contracted, breaks } satisfies SecretsEvidence,
    };
  },
};
