import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day, filledText, id } from '../../query/input.ts';
import { assignments } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { dailyReportsAttendanceStatus, dailyReportsRow } from '../../rows/index.ts';
import { reportColumns } from './daily-reports.ts';

const lines = z.array(filledText(500)).max(100);

/**
 * Writes the report of a child and day, or changes the one that is there: what is not given stays, null clears.
 * Two at once leave one report.
 */
export const upsertDailyReport = defineQuery({
  name: 'upsertDailyReport',
  access: 'write',
  input: z.strictObject({
    childId: id,
    day,
    attendanceStatus: dailyReportsAttendanceStatus,
    meals: lines.optional(),
    napNotes: filledText().nullish(),
    activities: lines.optional(),
    behaviorNotes: filledText().nullish(),
    photoUrls: z.array(filledText(2_048)).max(100).optional(),
    isGenerated: z.boolean().optional(),
  }),
  row: dailyReportsRow,
  rows: 'one',
  sql: ({ childId, day, ...report }) => sql`
    INSERT INTO public.daily_reports AS report
      (child_id, date, attendance_status, meals, nap_notes, activities, behavior_notes, photo_urls, is_generated,
        sent_to_parent, created_at)
    VALUES (${childId}, ${day}::date, ${report.attendanceStatus}, ${sql.array(report.meals ?? [], 'text')},
      ${report.napNotes ?? null}, ${sql.array(report.activities ?? [], 'text')}, ${report.behaviorNotes ?? null},
      ${sql.array(report.photoUrls ?? [], 'text')}, ${report.isGenerated ?? false}, false, ${utcNow})
    ON CONFLICT (child_id, (date::date)) WHERE NOT is_superseded DO UPDATE SET ${assignments(
      {
        attendanceStatus: 'attendance_status',
        meals: 'meals',
        napNotes: 'nap_notes',
        activities: 'activities',
        behaviorNotes: 'behavior_notes',
        photoUrls: 'photo_urls',
        isGenerated: 'is_generated',
      },
      report,
    )}
    RETURNING ${reportColumns}`,
  samples: [
    { childId: 'c1', day: '2026-01-01', attendanceStatus: 'present' },
    {
      childId: 'c1',
      day: '2026-01-01',
      attendanceStatus: 'late',
      meals: ['porridge'],
      napNotes: null,
      activities: [],
      behaviorNotes: 'calm',
      photoUrls: [],
      isGenerated: true,
    },
  ],
});
