const DAY_MS = 86_400_000;

/**
 * How many periods like this one a year has, to divide a salary by: 52 of one week, 26 of two, 12 months, 24 half
 * months (to the 15th, or from the 16th), else 365 by the number of days. Where a house pays by half months, the
 * second half of February in a leap year looks like two weeks, and where it pays every four weeks, a February may look
 * like a month: tell `runPayroll` then.
 *
 * @param startDate first day, `YYYY-MM-DD`
 * @param endDate last day
 *
 * @example
 * periodsPerYear('2026-01-05', '2026-01-18'); // 26
 */
export function periodsPerYear(startDate: string, endDate: string): number {
  const end = new Date(`${endDate}T00:00:00Z`);
  const days = (end.getTime() - Date.parse(`${startDate}T00:00:00Z`)) / DAY_MS + 1;
  if (days === 7) return 52;
  if (days === 14) return 26;
  const endsMonth = new Date(end.getTime() + DAY_MS).getUTCDate() === 1;
  const firstDay = startDate.slice(-2);
  if (days <= 31 && firstDay === '01' && endsMonth) return 12;
  if (days === 15 && firstDay === '01') return 24;
  if (days <= 16 && firstDay === '16' && endsMonth) return 24;
  return 365 / days;
}
