import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import {
  EmailTakenError,
  EmployeeNumberTakenError,
  InvalidInputError,
  NotFoundError,
} from '../../errors.ts';
import { countActiveStaff, createStaff, getStaff, listActiveStaff, updateStaff } from './staff.ts';
import { getDirectDeposit, getStaffPayroll, updateStaffPayroll } from './staff-payroll.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

const ada = { firstName: 'Ada', lastName: 'Moss', position: 'Lead Teacher' };
const ciphertext = `enc1:key-1:${'Ab_-'.repeat(12)}`;

describe('staff', () => {
  test('are entered as active, and shown without biometrics, bank details and pay', async () => {
    const { id } = await createStaff(on.db, { ...ada, email: 'ada@example.org' });
    const staff = await getStaff(on.db, { id });
    expect(staff).toMatchObject({ ...ada, email: 'ada@example.org', isActive: true });
    expect(
      Object.keys(staff ?? {}).filter((key) => /face|finger|deposit|rate|salary/i.test(key)),
    ).toEqual([]);
    expect(await getStaff(on.db, { id: "' OR true --" })).toBeNull();
  });

  test('cannot share an e-mail address, and several may have none', async () => {
    await createStaff(on.db, { ...ada, email: 'taken@example.org' });
    const other = await createStaff(on.db, { ...ada, email: null });
    await createStaff(on.db, ada);
    const calls = await Promise.allSettled([
      createStaff(on.db, { ...ada, email: 'taken@example.org' }),
      updateStaff(on.db, { id: other.id, patch: { email: 'taken@example.org' } }),
    ]);
    expect(calls.map((call) => call.status === 'rejected' && call.reason)).toEqual([
      expect.any(EmailTakenError),
      expect.any(EmailTakenError),
    ]);
  });

  test('are changed in what is named only, and null clears', async () => {
    const { id } = await createStaff(on.db, { ...ada, phone: '555-0100', email: 'x1@example.org' });
    const staff = await updateStaff(on.db, { id, patch: { email: null, isActive: false } });
    expect(staff).toMatchObject({ ...ada, email: null, phone: '555-0100', isActive: false });
    await expect(updateStaff(on.db, { id: 'nobody', patch: { phone: null } })).rejects.toThrow(
      NotFoundError,
    );
    for (const patch of [
      {},
      { hourlyRate: 1 },
      { directDepositAccount: '1' },
      { lastName: null },
    ]) {
      await expect(updateStaff(on.db, { id, patch } as never)).rejects.toThrow(InvalidInputError);
    }
  });

  test('are listed once each by name while they are active, and counted so', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listActiveStaff(on.db, { limit: 2, cursor });
      ids.push(...page.items.map((staff) => staff.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const rows = await on.rows(
      'SELECT id FROM staff WHERE is_active ORDER BY first_name, last_name, id',
    );
    expect(ids).toEqual(rows.map((row) => row.id));
    expect(await countActiveStaff(on.db, {})).toEqual({ count: ids.length });
  });
});

describe('updateStaffPayroll', () => {
  test('writes all nine facts, and gives back everything but the bank details', async () => {
    const { id } = await createStaff(on.db, ada);
    const facts = {
      employeeNumber: 'E-900',
      hourlyRate: 2150,
      salaryAmount: null,
      payType: 'hourly',
      taxFilingStatus: 'head_of_household',
      w4Allowances: 2,
      additionalTaxWithholding: 1500,
    } as const;
    const bank = {
      directDepositAccountCiphertext: ciphertext,
      directDepositRoutingCiphertext: ciphertext,
    };
    const payroll = await updateStaffPayroll(on.db, { id, patch: { ...facts, ...bank } });
    expect(payroll).toEqual({ id, ...facts, hasDirectDeposit: true });
    expect(await getStaffPayroll(on.db, { id })).toEqual(payroll);
    expect(await getDirectDeposit(on.db, { id })).toEqual({
      accountCiphertext: ciphertext,
      routingCiphertext: ciphertext,
    });
  });

  test('empties the readable column that a new ciphertext makes out of date, and only that one', async () => {
    const { id } = await createStaff(on.db, ada);
    await on.rows(
      `UPDATE staff SET direct_deposit_account = '00123', direct_deposit_routing = '000' WHERE id = $1`,
      [id],
    );
    await updateStaffPayroll(on.db, { id, patch: { directDepositAccountCiphertext: ciphertext } });
    const bank = () =>
      on.rows(
        `SELECT direct_deposit_account, direct_deposit_routing, direct_deposit_account_ciphertext
         FROM staff WHERE id = $1`,
        [id],
      );
    const kept = { direct_deposit_account: null, direct_deposit_routing: '000' };
    expect(await bank()).toEqual([{ ...kept, direct_deposit_account_ciphertext: ciphertext }]);
    const cleared = { id, patch: { directDepositAccountCiphertext: null } };
    expect(await updateStaffPayroll(on.db, cleared)).toMatchObject({ hasDirectDeposit: false });
    expect(await bank()).toEqual([{ ...kept, direct_deposit_account_ciphertext: null }]);
  });

  test('refuses a bank number in the clear without repeating it, and pay that is none', async () => {
    const { id } = await createStaff(on.db, ada);
    const inClear = updateStaffPayroll(on.db, {
      id,
      patch: { directDepositAccountCiphertext: '0012345678' },
    });
    await expect(inClear).rejects.toThrow(
      'updateStaffPayroll: patch.directDepositAccountCiphertext does not fit the schema of the input. Nothing was sent.',
    );
    for (const patch of [{ hourlyRate: -1 }, { hourlyRate: 20.5 }, { hourlyRate: 2 ** 31 }]) {
      await expect(updateStaffPayroll(on.db, { id, patch })).rejects.toThrow(InvalidInputError);
    }
  });

  test('refuses an employee number that another one has, and takes an empty one twice', async () => {
    const [one, other] = [await createStaff(on.db, ada), await createStaff(on.db, ada)];
    await updateStaffPayroll(on.db, { id: one.id, patch: { employeeNumber: 'E-1' } });
    await expect(
      updateStaffPayroll(on.db, { id: other.id, patch: { employeeNumber: 'E-1' } }),
    ).rejects.toThrow(EmployeeNumberTakenError);
    for (const { id } of [one, other]) {
      await updateStaffPayroll(on.db, { id, patch: { employeeNumber: '' } });
    }
  });
});
