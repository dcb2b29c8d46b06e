import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { attendanceRow } from '../../rows/attendance.ts';

/** A stay of a child: checked in, and later checked out. */
export type Attendance = z.output<typeof attendanceRow>;

export { attendanceRow };

/** The columns of {@link attendanceRow}, of a table called `stay`. */
export const attendanceColumns = sql`
  stay.id, stay.child_id AS "childId", stay.check_in_time AS "checkInTime",
  stay.check_out_time AS "checkOutTime", stay.checked_in_by AS "checkedInBy",
  stay.checked_out_by AS "checkedOutBy", stay.room, stay.date, stay.created_at AS "createdAt",
  stay.check_in_photo_url AS "checkInPhotoUrl", stay.check_out_photo_url AS "checkOutPhotoUrl",
  stay.notes, stay.mood_rating AS "moodRating",
  stay.activities_completed AS "activitiesCompleted", stay.biometric_method AS "biometricMethod",
  stay.biometric_confidence AS "biometricConfidence"`;
