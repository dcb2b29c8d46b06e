import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { AlreadyUnenrolledError } from './errors.ts';
import {
  countActiveChildren,
  countChildrenBy,
  getChild,
  listActiveChildren,
} from './read-children.ts';
import { createChild, setStripeRefs, unenrollChild, updateChild } from './write-children.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

const ada = {
  firstName: 'Ada',
  lastName: 'Moss',
  dateOfBirth: new Date('2022-03-01T00:00:00Z'),
  ageGroup: 'toddler',
  room: 'Acorns',
  parentName: 'Grace Moss',
} as const;

describe('getChild', () => {
  test('finds no child under an unknown id', async () => {
    expect(await getChild(on.db, { id: "x' OR true --" })).toBeNull();
  });

  test('shows no biometric template', async () => {
    const { id } = await createChild(on.db, ada);
    const child = await getChild(on.db, { id });
    expect(child).toMatchObject({ id, firstName: 'Ada', dateOfBirth: ada.dateOfBirth });
    expect(Object.keys(child ?? {}).filter((key) => /face|fingerprint/.test(key))).toEqual([]);
  });
});

describe('listActiveChildren', () => {
  test('gives every enrolled child once, by name, whatever the size of the page', async () => {
    const { count } = await countActiveChildren(on.db, {});
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listActiveChildren(on.db, { limit: 7, cursor });
      names.push(...page.items.map((child) => child.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const rows = await on.rows(
      'SELECT id FROM children WHERE is_active ORDER BY first_name, last_name, id',
    );
    expect(names).toEqual(rows.map((row) => row.id));
    expect(count).toBe(names.length);
  });

  test('refuses a page of more than 100', async () => {
    await expect(listActiveChildren(on.db, { limit: 101 })).rejects.toThrow(InvalidInputError);
  });
});

describe('countChildrenBy', () => {
  test.each(['age_group', 'room'] as const)('counts the enrolled children by %s', async (by) => {
    const rows = await on.rows(
      `SELECT ${by}::text AS key, count(*)::int FROM children WHERE is_active GROUP BY ${by} ORDER BY ${by}`,
    );
    expect(await countChildrenBy(on.db, { by })).toEqual(rows);
  });
});

describe('createChild', () => {
  test('leaves what is not given to the defaults of the database', async () => {
    const child = await createChild(on.db, ada);
    expect(child).toMatchObject({
      isActive: true,
      enrollmentStatus: 'enrolled',
      allergies: [],
      medicalNotes: null,
      epiPenRequired: false,
    });
    expect(child.enrollmentDate).toBeInstanceOf(Date);
  });

  test('keeps hostile text as it is', async () => {
    const hostile = `Robert'); DROP TABLE children;-- $1 "x" \\ \n 🧒 ${'é'.repeat(50)}`;
    const child = await createChild(on.db, {
      ...ada,
      firstName: hostile,
      allergies: [hostile, '{None}', 'a,b', '"', 'NULL'],
    });
    expect(await getChild(on.db, { id: child.id })).toMatchObject({
      firstName: hostile,
      allergies: [hostile, '{None}', 'a,b', '"', 'NULL'],
    });
  });

  test.each([
    ['an age group that is none', { ageGroup: 'adult' }],
    ['a NUL in a name', { firstName: 'A\0' }],
    ['an empty name', { firstName: '' }],
    ['a column that it does not write', { isActive: false }],
    ['a biometric template', { faceDescriptor: 'x' }],
  ])('refuses %s before anything is sent', async (_what, wrong) => {
    await expect(createChild(on.db, { ...ada, ...wrong } as typeof ada)).rejects.toThrow(
      InvalidInputError,
    );
  });
});

describe('updateChild', () => {
  test('tells clearing from leaving alone', async () => {
    const { id } = await createChild(on.db, { ...ada, medicalNotes: 'Asthma', bloodType: 'A+' });
    const child = await updateChild(on.db, {
      id,
      patch: { medicalNotes: null, room: 'Bumblebees', bloodType: undefined },
    });
    expect(child).toMatchObject({ medicalNotes: null, room: 'Bumblebees', bloodType: 'A+' });
  });

  test('writes every key of a patch into its own column', async () => {
    const { id } = await createChild(on.db, ada);
    const patch = {
      ...ada,
      parentEmail: 'parentEmail',
      parentPhone: 'parentPhone',
      emergencyContactName: 'emergencyContactName',
      emergencyContactPhone: 'emergencyContactPhone',
      allergies: ['allergies'],
      medicalNotes: 'medicalNotes',
      immunizations: ['immunizations'],
      profilePhotoUrl: 'profilePhotoUrl',
      enrollmentDate: new Date('2026-01-01T09:30:00.123Z'),
      tuitionRate: 90_001,
      medicalConditions: ['medicalConditions'],
      bloodType: 'AB-',
      primaryPhysician: 'primaryPhysician',
      currentMedications: 'currentMedications',
      dietaryRestrictions: ['dietaryRestrictions'],
      foodAllergies: ['foodAllergies'],
      specialCareInstructions: 'specialCareInstructions',
      physicalLimitations: 'physicalLimitations',
      emergencyMedicalAuthorization: true,
      epiPenRequired: true,
      inhalerRequired: true,
      physicianPhone: 'physicianPhone',
      pediatricianName: 'pediatricianName',
      pediatricianPhone: 'pediatricianPhone',
      preferredHospital: 'preferredHospital',
      insuranceProvider: 'insuranceProvider',
      insurancePolicyNumber: 'insurancePolicyNumber',
      insuranceGroupNumber: 'insuranceGroupNumber',
      medicalActionPlan: 'medicalActionPlan',
      immunizationRecords: 'immunizationRecords',
      immunizationExemptions: ['immunizationExemptions'],
      nextImmunizationDue: new Date('2026-02-01T00:00:00Z'),
      lastHealthCheck: new Date('2026-03-01T00:00:00Z'),
      healthCheckNotes: 'healthCheckNotes',
    } as const;
    expect(await updateChild(on.db, { id, patch })).toMatchObject(patch);
    const accepted = updateChild.definition.input.shape.patch.def.shape;
    expect(Object.keys(accepted).sort()).toEqual(Object.keys(patch).sort());
  });

  test('refuses an empty patch, an unknown key and one that is not the callers to write', async () => {
    const { id } = await createChild(on.db, ada);
    for (const patch of [{}, { room: undefined }, { id: 'other' }, { isActive: false }]) {
      await expect(updateChild(on.db, { id, patch } as never)).rejects.toThrow(InvalidInputError);
    }
  });

  test('says that there is no such child', async () => {
    await expect(updateChild(on.db, { id: 'nobody', patch: { room: 'A' } })).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe('unenrollChild', () => {
  const at = new Date('2026-01-31T00:00:00Z');

  test('keeps the row and says when and why', async () => {
    const { id } = await createChild(on.db, ada);
    const child = await unenrollChild(on.db, { id, reason: 'Moved away', at });
    expect(child).toMatchObject({
      isActive: false,
      enrollmentStatus: 'unenrolled',
      unenrollmentReason: 'Moved away',
      unenrollmentDate: at,
    });
  });

  test('keeps the first reason when it is called again, or twice at once', async () => {
    const { id } = await createChild(on.db, ada);
    const calls = await Promise.allSettled([
      unenrollChild(on.db, { id, reason: 'one', at }),
      unenrollChild(on.db, { id, reason: 'other', at, status: 'aged_out' }),
    ]);
    const refused = calls.filter((call) => call.status === 'rejected');
    expect(refused.map((call) => call.reason)).toEqual([expect.any(AlreadyUnenrolledError)]);
    const won = calls.find((call) => call.status === 'fulfilled')?.value;
    await expect(unenrollChild(on.db, { id, reason: 'late', at })).rejects.toThrow(
      AlreadyUnenrolledError,
    );
    expect(await getChild(on.db, { id })).toEqual(won);
  });

  test('says that there is no such child', async () => {
    await expect(unenrollChild(on.db, { id: 'nobody', reason: 'x', at })).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe('setStripeRefs', () => {
  test('sets what is given and leaves the rest', async () => {
    const { id: childId } = await createChild(on.db, ada);
    await setStripeRefs(on.db, { childId, refs: { customerId: 'cus_1', subscriptionId: 'sub_1' } });
    const child = await setStripeRefs(on.db, {
      childId,
      refs: { subscriptionId: null, status: 'canceled' },
    });
    expect(child).toMatchObject({
      stripeCustomerId: 'cus_1',
      stripeSubscriptionId: null,
      subscriptionStatus: 'canceled',
    });
  });
});
