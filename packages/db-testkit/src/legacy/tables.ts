import { attendance } from './attendance.ts';
import { stateCompliance, stateRatios } from './compliance.ts';
import { children, parents } from './families.ts';
import {
  alerts,
  documents,
  documentTypes,
  safetyReminderCompletions,
  safetyReminders,
  settings,
} from './office.ts';
import { securityCredentials, securityDevices, securityLogs } from './security.ts';
import { sessionActivity, sessions, userSessions } from './sessions.ts';
import { payPeriods, payStubs, staff, staffSchedules, timesheetEntries } from './staff.ts';
import type { LegacyTable } from './world.ts';

/** The tables that held rows, referenced ones first. */
export const legacyTables: readonly LegacyTable[] = [
  alerts,
  children,
  parents,
  staff,
  attendance,
  documentTypes,
  documents,
  payPeriods,
  payStubs,
  safetyReminders,
  safetyReminderCompletions,
  securityDevices,
  securityCredentials,
  securityLogs,
  sessions,
  sessionActivity,
  userSessions,
  settings,
  staffSchedules,
  stateCompliance,
  stateRatios,
  timesheetEntries,
];
