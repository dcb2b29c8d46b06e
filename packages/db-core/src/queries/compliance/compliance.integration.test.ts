import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError } from '../../errors.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { getActiveState } from './active-state.ts';
import { setActiveState } from './set-active-state.ts';
import { getStateRatio, listStateRatios, upsertStateRatio } from './state-ratios.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

const ohio = { state: 'Ohio', ratios: { infant: '5:1' }, by: 'admin' };

test('begins a state and keeps the old row with its log, which the new one goes on with', async () => {
  const before = await getActiveState(opened.db, {});
  const first = await setActiveState(opened.db, { ...ohio, note: `a "new" licence` });
  expect(first.auditLog).toEqual([
    ...(before?.auditLog ?? []),
    expect.stringMatching(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z: State changed to "Ohio" by admin: a "new" licence$/,
    ),
  ]);
  const second = await setActiveState(opened.db, { ...ohio, state: 'Texas' });
  expect(second.auditLog?.slice(0, -1)).toEqual(first.auditLog);
  const [old] = await opened.rows(
    'SELECT is_active, audit_log FROM state_compliance WHERE id = $1',
    [first.id],
  );
  expect(old).toEqual({ is_active: false, audit_log: second.auditLog });
  expect((await getActiveState(opened.db, {}))?.id).toBe(second.id);
});

test('begins the first state when none is active', async () => {
  await opened.rows('UPDATE state_compliance SET is_active = false');
  expect(await getActiveState(opened.db, {})).toBeNull();
  const first = await setActiveState(opened.db, ohio);
  expect(first.auditLog).toHaveLength(1);
  expect(JSON.parse(first.ratiosData)).toEqual({ infant: '5:1' });
});

test('lets several who change the state at once follow one another, each in the log', async () => {
  const states = ['Maine', 'Utah', 'Idaho', 'Iowa'];
  await Promise.all(states.map((state) => setActiveState(opened.db, { ...ohio, state })));
  const active = await opened.rows('SELECT audit_log FROM state_compliance WHERE is_active');
  expect(active).toHaveLength(1);
  const log = String(active[0]?.audit_log);
  for (const state of states) expect(log).toContain(`"${state}"`);
});

test('undoes the change with the transaction around it', async () => {
  const before = await getActiveState(opened.db, {});
  await expect(
    withTransaction(opened.db, {}, async (tx) => {
      await setActiveState(tx, { ...ohio, state: 'Nevada' });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await getActiveState(opened.db, {})).toEqual(before);
});

test('refuses ratios that are none', async () => {
  for (const infant of ['five', '5', '5:1; DROP', ':1']) {
    await expect(setActiveState(opened.db, { ...ohio, ratios: { infant } })).rejects.toThrow(
      InvalidInputError,
    );
  }
});

test('writes the ratios of a state, new or not, once', async () => {
  const known = await getStateRatio(opened.db, { state: 'Ohio' });
  if (known === null) throw new Error('The fixture has no Ohio.');
  const { id: _id, createdAt: _createdAt, ...ratios } = known;
  const changed = { ...ratios, tenPlusYears: '20:1*' };
  const counted = (await listStateRatios(opened.db, {})).length;
  await Promise.all([
    upsertStateRatio(opened.db, changed),
    upsertStateRatio(opened.db, { ...changed, state: 'Puerto Rico' }),
    upsertStateRatio(opened.db, { ...changed, state: 'Puerto Rico' }),
  ]);
  expect(await getStateRatio(opened.db, { state: 'Ohio' })).toMatchObject(changed);
  expect(await listStateRatios(opened.db, {})).toHaveLength(counted + 1);
  expect(await getStateRatio(opened.db, { state: 'ohio' })).toBeNull();
});
