// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** How many children one adult may look after, by state and age */
export const stateRatiosRow = z.object({
  id: pgType.text,
  state: pgType.text,
  sixWeeks: pgType.text,
  nineMonths: pgType.text,
  eighteenMonths: pgType.text,
  twentySevenMonths: pgType.text,
  threeYears: pgType.text,
  fourYears: pgType.text,
  fiveYears: pgType.text,
  sixYears: pgType.text,
  sevenYears: pgType.text,
  eightNineYears: pgType.text,
  tenPlusYears: pgType.text,
  createdAt: pgType.timestamp.nullable(),
});
