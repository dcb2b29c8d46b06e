import type { Faker } from '@faker-js/faker';
import { faker as english } from '@faker-js/faker/locale/en';
import type { Random } from './random.ts';

// The package's main entry loads every locale (245 ms, 45 MB); the English one exports an instance only, and
// seeding that one would change the draws of everybody else in the process.
const EnglishFaker = english.constructor as typeof Faker;

/** A faker of our own that draws from `random` and takes `now` for the present. */
export function createFaker(random: Random, now: Date): Faker {
  const faker = new EnglishFaker({
    locale: english.rawDefinitions,
    randomizer: {
      next: () => random.fraction(),
      seed: () => {
        throw new Error(
          'The seeder seeds faker itself. Pass another seed to seedDatabase instead.',
        );
      },
    },
  });
  faker.setDefaultRefDate(now);
  return faker;
}
