import { type ServerReport, serverReport } from './server-report.ts';

/** Fields of an error of Node.js that tell where a connection failed. */
const SYSTEM_FIELDS = ['code', 'errno', 'syscall', 'address', 'port', 'hostname'] as const;

/**
 * The cause of an error, fit for a log. What a driver throws may quote rows and parameters in its message, its
 * detail and its stack; the copy keeps the names. It is made here, so its stack is that of the caller.
 */
export class DriverReport extends Error {
  /** What the server said; null where it said nothing. */
  readonly report: ServerReport | null;
  /** Where a connection failed. */
  readonly system: Readonly<Record<string, string | number>>;

  constructor(error: unknown) {
    const report = serverReport(error);
    const system = report === null ? systemFields(error) : {};
    super(messageOf(error, report, system));
    this.name = 'DriverReport';
    this.report = report;
    this.system = system;
  }
}

function messageOf(
  error: unknown,
  report: ServerReport | null,
  system: Readonly<Record<string, string | number>>,
): string {
  if (report !== null) {
    return `The server reported ${report.condition ?? 'a condition of its own'} (SQLSTATE ${report.sqlstate}).`;
  }
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  // Only messages of Node.js itself are known to hold no value.
  return typeof system.syscall === 'string' && error instanceof Error
    ? error.message
    : `The driver failed with ${kind}${system.code === undefined ? '' : ` ${system.code}`}.`;
}

function systemFields(error: unknown): Record<string, string | number> {
  const fields: Record<string, string | number> = {};
  if (typeof error !== 'object' || error === null) return fields;
  for (const name of SYSTEM_FIELDS) {
    const value = (error as Record<string, unknown>)[name];
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
  }
  return fields;
}
