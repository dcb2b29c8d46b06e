// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** One row per child and stay: checked in, and later checked out */
export const attendanceRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  checkInTime: pgType.timestamp,
  /** Null while the child is here; at most one such row per child and day */
  checkOutTime: pgType.timestamp.nullable(),
  /** Name of the person who brought the child, as typed; not an id */
  checkedInBy: pgType.text,
  /** Name of the person who fetched the child, as typed; not an id */
  checkedOutBy: pgType.text.nullable(),
  room: pgType.text,
  /** The day of the stay; ask for it with a half-open range */
  date: pgType.timestamp,
  createdAt: pgType.timestamp.nullable(),
  checkInPhotoUrl: pgType.text.nullable(),
  checkOutPhotoUrl: pgType.text.nullable(),
  notes: pgType.text.nullable(),
  moodRating: pgType.int4.nullable(),
  activitiesCompleted: pgType.textArray.nullable(),
  biometricMethod: pgType.text.nullable(),
  biometricConfidence: pgType.text.nullable(),
});
