import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planRetention, type RetainedBackup, type RetentionPolicy } from './plan-retention.ts';

const backup = (at: string, isVerified = false): RetainedBackup => ({
  name: `app-${at}`,
  startedAt: new Date(at),
  isVerified,
});
const NOW = new Date('2026-03-10T12:00:00Z');

it('keeps the newest of each period, and says why', () => {
  const backups = [
    backup('2026-03-10T03:00:00Z'),
    backup('2026-03-10T02:00:00Z'),
    backup('2026-03-09T23:59:59Z'),
    backup('2026-03-08T00:00:00Z'),
    backup('2026-02-28T01:00:00Z'),
    backup('2026-02-27T01:00:00Z', true),
    backup('2025-12-31T23:59:59Z'),
  ];
  const policy = { keepLast: 1, keepDaily: 2, keepWeekly: 2, keepMonthly: 2, keepYearly: 5 };
  const plan = planRetention(backups, policy, NOW);
  expect(plan.map(({ name, reasons }) => `${name}: ${reasons.join(', ')}`)).toMatchInlineSnapshot(`
    [
      "app-2026-03-10T03:00:00Z: last, daily, weekly, monthly, yearly",
      "app-2026-03-10T02:00:00Z: ",
      "app-2026-03-09T23:59:59Z: daily",
      "app-2026-03-08T00:00:00Z: weekly",
      "app-2026-02-28T01:00:00Z: monthly",
      "app-2026-02-27T01:00:00Z: newest verified",
      "app-2025-12-31T23:59:59Z: yearly",
    ]
  `);
});

it('keeps what a silence of years left', () => {
  const old = [backup('2001-05-01T00:00:00Z'), backup('2001-05-02T00:00:00Z')];
  const plan = planRetention(old, { keepDaily: 1 }, NOW);
  expect(plan.map(({ reasons }) => reasons)).toEqual([['daily'], []]);
});

it('never lets a clock that is ahead push the others out', () => {
  const backups = [
    backup('2099-01-01T00:00:00Z', true),
    backup('2026-03-10T12:00:30Z'),
    backup('2026-03-09T00:00:00Z', true),
  ];
  const plan = planRetention(backups, { keepLast: 1 }, NOW);
  expect(plan.map(({ reasons }) => reasons)).toEqual([
    ['from the future'],
    ['last'],
    ['newest verified'],
  ]);
});

it.each([
  [{}, 'would keep nothing'],
  [{ keepLast: 0, keepDaily: 0 }, 'would keep nothing'],
  [{ keepLast: -1 }, 'last backups to keep is -1'],
  [{ keepDaily: 1.5 }, 'daily backups to keep is 1.5'],
  [{ keepLast: Number.NaN }, 'last backups to keep is NaN'],
] as const)('refuses %j', (policy, message) => {
  expect(() => planRetention([], policy, NOW)).toThrow(message);
});

it('keeps the newest and the newest verified under any policy, and no fewer for a larger count', () => {
  const backups = fc.uniqueArray(
    fc.record({
      startedAt: fc.date({
        min: new Date('2020-01-01'),
        max: NOW,
        noInvalidDate: true,
      }),
      isVerified: fc.boolean(),
    }),
    { selector: ({ startedAt }) => startedAt.getTime(), minLength: 1, maxLength: 40 },
  );
  const count = fc.integer({ min: 0, max: 6 });
  const policies = fc
    .record({
      keepLast: count,
      keepDaily: count,
      keepWeekly: count,
      keepMonthly: count,
      keepYearly: count,
    })
    .filter((policy) => Object.values(policy).some((each) => each > 0));
  fc.assert(
    fc.property(backups, policies, (found, policy: RetentionPolicy) => {
      const named = found.map((one) => ({ ...one, name: one.startedAt.toISOString() }));
      const kept = (rules: RetentionPolicy) =>
        new Set(
          planRetention(named, rules, NOW)
            .filter(({ reasons }) => reasons.length > 0)
            .map(({ name }) => name),
        );
      const stays = kept(policy);
      const newestFirst = named.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
      expect(stays).toContain(newestFirst[0]?.name);
      const verified = newestFirst.find(({ isVerified }) => isVerified);
      if (verified) expect(stays).toContain(verified.name);
      const wider = kept({ ...policy, keepDaily: (policy.keepDaily ?? 0) + 1 });
      for (const name of stays) expect(wider).toContain(name);
      // What stays, stays when it is asked again of what stayed.
      const again = planRetention(
        named.filter(({ name }) => stays.has(name)),
        policy,
        NOW,
      );
      expect(again.every(({ reasons }) => reasons.length > 0)).toBe(true);
    }),
  );
});
