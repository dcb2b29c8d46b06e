export { SeedConnectionError, SeedError, SeedOptionsError, SeedServerError } from './errors.ts';
export type {
  GeneratorContext,
  ReferencedRow,
  SeedProfile,
  SeedValue,
  ValueGenerator,
} from './profile.ts';
export { seedDatabase } from './seed-database.ts';
export type { SeedOptions, SeedProgress, SeedResult } from './seed-options.ts';
export type { Random } from './values/random.ts';
