/** What must be known, and agreed to, before the first row of a column is hashed. */
import { isUnlimited } from '../../credentials/hash-credential.ts';
import { resolveCost } from '../../credentials/hash-parameters.ts';
import { currentDigest } from '../../credentials/secret-digest.ts';
import { TreatmentError } from '../../errors.ts';
import { describeTable, emptyText, type KeyedTable } from '../keyed-table.ts';
import type { RowSelection } from '../read-rows.ts';
import { actionFor, type ClassAction, type ColumnClass } from './column-class.ts';
import { type ColumnObstacle, findDependents } from './find-dependents.ts';
import { findMisfits } from './find-misfits.ts';
import type { HashColumnOptions } from './hash-column-options.ts';
import { measureHashing } from './measure-hashing.ts';
import { type ClassCount, surveyColumn } from './survey-column.ts';

/** A survey of the column, and all that stands in the way. */
export interface HashingPlan {
  readonly table: KeyedTable;
  readonly selection: RowSelection;
  /** The columns that are written: the target first, if there is one. */
  readonly columns: readonly string[];
  readonly isUnlimited: boolean;
  readonly classes: readonly ClassCount[];
  readonly obstacles: readonly ColumnObstacle[];
  readonly notes: readonly string[];
  /** Rows to be hashed, or with a target also to be moved. */
  readonly rowCount: number;
  readonly msPerRow: number;
}

/** What becomes of a row's value, told by its class: with a target, hashes are moved there as they are. */
export function actionOf(
  found: ColumnClass,
  { treat = {}, target }: HashColumnOptions,
): ClassAction | 'move' {
  const action = actionFor(found, treat);
  return action === 'done' && target !== undefined ? 'move' : action;
}

/** Counts the rows of the classes that an action of these falls on. */
export function countRows(
  classes: readonly ClassCount[],
  options: HashColumnOptions,
  ...actions: readonly ReturnType<typeof actionOf>[]
): number {
  return classes
    .filter((each) => actions.includes(actionOf(each.class, options)))
    .reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * Looks at the column, its values and what depends on it. Writes nothing.
 *
 * @throws {TreatmentError} when the table, a column or a key is missing, or the target is the column.
 */
export async function planHashing(options: HashColumnOptions): Promise<HashingPlan> {
  const { db, column, target, when, quarantine, accept = [], auditSchema = 'audit' } = options;
  if (target === column) {
    throw new TreatmentError(
      `The target is the column ${column} itself. Leave it out to hash in place, or name another.`,
    );
  }
  const written = target === undefined ? [column] : [column, target];
  const table = await describeTable(
    db,
    options.table,
    { reads: when === undefined ? [] : [when.column], writes: written },
    { orPlace: quarantine === undefined },
  );
  const selection = { column, when, targets: target === undefined ? [] : [target] };
  const unlimited = isUnlimited(resolveCost(options), currentDigest(options) !== undefined);
  const { sample, msPerRow } = await measureHashing(options);
  const classes = await surveyColumn(db, table, selection, unlimited);
  const into = target ?? column;
  const trial =
    target === undefined
      ? { [column]: sample }
      : { [column]: emptyText(table, column), [target]: sample };
  const { obstacles, notes } = await findDependents(db, table, written, auditSchema);
  const misfits = await findMisfits(db, table, into, trial);
  return {
    table,
    selection,
    columns: target === undefined ? [column] : [target, column],
    isUnlimited: unlimited,
    classes,
    obstacles: [
      ...consent(options),
      ...undecided(classes, options),
      ...misfits,
      ...obstacles.filter(
        ({ kind, name, isAcceptable }) => !isAcceptable || !accept.includes(`${kind} ${name}`),
      ),
    ],
    notes,
    rowCount: countRows(classes, options, 'hash', 'move'),
    msPerRow,
  };
}

function consent(options: HashColumnOptions): readonly ColumnObstacle[] {
  const message = whyNoConsent(options);
  return message === undefined
    ? []
    : [{ kind: 'consent', name: options.column, message, isAcceptable: false }];
}

function whyNoConsent({ quarantine, irreversible, keyRing }: HashColumnOptions) {
  if (quarantine !== undefined) {
    return keyRing === undefined
      ? 'A quarantine keeps the old values as ciphertexts, and there is no key ring to encrypt them with. Pass keyRing.'
      : undefined;
  }
  return irreversible === true
    ? undefined
    : 'Hashing cannot be undone: nobody can read the old values again. Name a quarantine with a key ring to keep them as ciphertexts, or say irreversible: true.';
}

function undecided(
  classes: readonly ClassCount[],
  options: HashColumnOptions,
): readonly ColumnObstacle[] {
  const open = classes.filter((each) => actionOf(each.class, options) === 'undecided');
  return [...new Set(open.map((each) => each.class))].map((name) => {
    const rows = open.reduce((sum, each) => (each.class === name ? sum + each.rows : sum), 0);
    const choice = name === 'other-hash' || name === 'too-long' ? `'keep'` : `'hash' or 'keep'`;
    return {
      kind: 'class',
      name,
      message: `${rows} values are ${name === 'blank' || name === 'too-long' ? '' : 'perhaps '}${LOOKS[name] ?? name}. Say what becomes of them: treat: { '${name}': ${choice} }.`,
      isAcceptable: false,
    };
  });
}

const LOOKS: Readonly<Partial<Record<ColumnClass, string>>> = {
  blank: 'nothing but spaces',
  token: 'tokens',
  ciphertext: 'ciphertexts or digests',
  identifier: 'identifiers or encoded bytes',
  json: 'JSON documents',
  'other-hash': 'hashes that cannot be verified here',
  'too-long': 'more than can be hashed as they are',
};
