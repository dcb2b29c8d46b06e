import type { Random } from './random.ts';
import { email, GIVEN, phone, ROOMS, SURNAMES } from './words.ts';
import { dayAgo, daysAgo, type LegacyTable } from './world.ts';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';

/** Every one is user 1, active, and never ended. */
export const sessions: LegacyTable = {
  name: 'sessions',
  rows: 22,
  growth: 'activity',
  row({ id, role, block }) {
    const day = 1 + (block % 300);
    return {
      id,
      user_id: '1',
      username: 'director',
      role: 'director',
      login_time: daysAgo(day, 400 + role * 20),
      last_activity: daysAgo(day, 415 + role * 20),
      end_time: null,
      ip_address: `198.51.100.${1 + role}`,
      user_agent: role % 4 === 3 ? null : AGENT,
      is_active: true,
      end_reason: null,
    };
  },
};

const READS = [
  '/api/children',
  '/api/attendance/today',
  '/api/staff',
  '/api/alerts/unread',
] as const;

/** A request body as the log kept it: a child's birth date, a parent's phone. */
function enrolment(random: Random): Record<string, unknown> {
  const [first, last] = [random.pick(GIVEN), random.pick(SURNAMES)];
  const parent = random.pick(GIVEN);
  return {
    firstName: first,
    lastName: last,
    dateOfBirth: dayAgo(random.int(200, 3000)),
    room: random.pick(ROOMS),
    parentName: `${parent} ${last}`,
    parentEmail: email(parent, last, random.int(1, 999)),
    parentPhone: phone(random),
    allergies: random.oneIn(2) ? ['None'] : [],
  };
}

interface Request {
  readonly action: string;
  readonly path: string | null;
  readonly details: string | null;
}

function request(index: number, random: Random): Request {
  if (index % 25 === 0) return { action: 'login', path: null, details: null };
  if (index % 13 === 4) {
    const details = JSON.stringify({ method: 'POST', query: {}, body: enrolment(random) });
    // One was cut off by a length limit: no longer JSON, still personal.
    return {
      action: 'POST',
      path: '/api/children',
      details: index === 17 ? details.slice(0, 120) : details,
    };
  }
  if (index % 31 === 7) {
    const body = { username: 'director', password: 'fixture-password' };
    return {
      action: 'POST',
      path: '/api/auth/login',
      details: JSON.stringify({ method: 'POST', body }),
    };
  }
  if (index % 11 === 3) return { action: 'GET', path: random.pick(READS), details: null };
  return {
    action: 'GET',
    path: random.pick(READS),
    details: JSON.stringify({ method: 'GET', query: { page: String(random.int(1, 4)) }, body: {} }),
  };
}

export const sessionActivity: LegacyTable = {
  name: 'session_activity',
  rows: 554,
  growth: 'activity',
  row({ id, index, block, random }, world) {
    const session = index % world.count(sessions);
    return {
      id,
      session_id: world.id(sessions, session),
      ...request(index, random),
      timestamp: daysAgo(1 + (block % 300), 400 + (index % 440)),
    };
  },
};

/** The cookie store of connect-pg-simple: one login that is still good. */
export const userSessions: LegacyTable = {
  name: 'user_sessions',
  rows: 1,
  row: ({ random }, world) => ({
    sid: `fixture-${random.hex(24)}`,
    sess: JSON.stringify({
      cookie: {
        originalMaxAge: 86_400_000,
        expires: '2099-12-31T00:00:00.000Z',
        httpOnly: true,
        path: '/',
      },
      user: { id: '1', username: 'director', role: 'director' },
      sessionId: world.id(sessions, sessions.rows - 1),
    }),
    expire: '2099-12-31 00:00:00',
  }),
};
