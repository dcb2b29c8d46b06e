import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFaker } from './fake.ts';
import { hashWords, Random } from './random.ts';

test('a stream depends on its names alone, not on what was drawn before or around it', () => {
  const random = new Random();
  const draw = (): number[] => [random.fraction(), random.integer(1, 1000), random.word()];
  const alone = random.within(['a', 1], draw);
  random.within(['b'], () => {
    random.word();
    expect(random.within(['a', 1], draw)).toEqual(alone);
  });
  expect(random.within(['a', 2], draw)).not.toEqual(alone);
});

test('an inner stream leaves the outer one where it was, also when it throws', () => {
  const random = new Random();
  const two = random.within(['outer'], () => [random.word(), random.word()]);
  const interrupted = random.within(['outer'], () => {
    const first = random.word();
    expect(() =>
      random.within(['inner'], () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    return [first, random.word()];
  });
  expect(interrupted).toEqual(two);
});

test('names that only look alike when joined give different streams', () => {
  expect(hashWords('ab', 'c')).not.toEqual(hashWords('a', 'bc'));
  expect(hashWords(1, 11)).not.toEqual(hashWords(11, 1));
});

test('whole numbers stay within their bounds, and neighbouring seeds share nothing', () => {
  const random = new Random();
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 1e6 }), fc.string(), (low, span, name) => {
      const number = random.within([name], () => random.integer(low, low + span));
      return Number.isInteger(number) && number >= low && number <= low + span;
    }),
  );
  const firsts = Array.from({ length: 1000 }, (_, seed) =>
    random.within([seed], () => random.integer(1, 1e9)),
  );
  expect(new Set(firsts).size).toBe(1000);
  const mean = firsts.reduce((sum, one) => sum + one, 0) / 1000 / 1e9;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

test('faker draws from the stream, takes the given present, and refuses to be seeded', () => {
  const random = new Random();
  const faker = createFaker(random, new Date('2020-05-05T00:00:00Z'));
  const draw = (): string => `${faker.person.fullName()} ${faker.date.past().toISOString()}`;
  expect(random.within(['x'], draw)).toBe(random.within(['x'], draw));
  expect(random.within(['x'], () => faker.date.past().getUTCFullYear())).toBeLessThanOrEqual(2020);
  expect(() => faker.seed(1)).toThrow('Pass another seed to seedDatabase');
});
