import autocannon from 'autocannon';
import { rows } from './migrated-fixture.ts';
import { API_TOKEN, type RunningApp } from './running-app.ts';

/** Paths, and the one body that each may be answered with. */
export type Answers = ReadonlyMap<string, string>;

/** What an answer is about, as SQL that shares nothing with the routes tells it. */
const FACTS = `
  SELECT '/children/' || child.id AS path, ARRAY[child.id, child.first_name, child.last_name] || ARRAY(
      SELECT parent_id FROM public.child_guardians WHERE child_id = child.id ORDER BY parent_id) AS facts
  FROM public.children AS child
  UNION ALL
  SELECT '/profile/' || user_id, ARRAY[user_id, first_name, last_name] FROM public.user_profiles
  UNION ALL
  SELECT '/sessions?userId=' || user_id, (array_agg(id ORDER BY login_time DESC, id DESC))[:20]
  FROM public.sessions GROUP BY user_id
  UNION ALL
  SELECT '/sessions/' || session_id || '/activity', (array_agg(id ORDER BY timestamp DESC, id DESC))[:20]
  FROM public.session_activity GROUP BY session_id`;

interface Body {
  readonly id?: string;
  readonly userId?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly parents?: readonly { readonly id: string }[];
  readonly items?: readonly { readonly id: string }[];
}

function factsOf(body: Body): (string | undefined)[] {
  if (body.items) return body.items.map(({ id }) => id);
  const parents = body.parents?.map(({ id }) => id).sort() ?? [];
  return [body.userId ?? body.id, body.firstName, body.lastName, ...parents];
}

/** Asks for everything once, in quiet, and keeps the answers that say what the database says. */
export async function rightAnswers(app: RunningApp, databaseUrl: string): Promise<Answers> {
  const answers = new Map<string, string>();
  for (const { path, facts } of await rows<{ path: string; facts: string[] }>(databaseUrl, FACTS)) {
    const body = await (await app.get(path)).text();
    const told = JSON.stringify(factsOf(JSON.parse(body) as Body));
    if (told !== JSON.stringify(facts))
      throw new Error(`${path} says ${told}, and it is ${facts}.`);
    answers.set(path, body);
  }
  return answers;
}

/** By how many at once, and for how many seconds or requests. */
export type LoadOptions = { readonly connections: number } & (
  | { readonly duration: number }
  | { readonly amount: number }
);

/** What came back. */
export interface LoadResult {
  /** Paths that were answered with 200 and another body than the right one. */
  readonly wrong: readonly string[];
  /** Number of paths that were answered with 200. */
  readonly pathCount: number;
  /** Number of answers by status; `broken` are requests without one. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Asks for all of it over and over, and checks every answer. */
export async function checkedLoad(
  app: RunningApp,
  answers: Answers,
  options: LoadOptions,
): Promise<LoadResult> {
  const wrong: string[] = [];
  const statuses: Record<string, number> = {};
  const count = (status: string | number, by = 1) => {
    if (by > 0) statuses[status] = (statuses[status] ?? 0) + by;
  };
  const answered = new Set<string>();
  const requests = [...answers].map(([path, right]) => ({
    path,
    onResponse(status: number, body: string) {
      count(status);
      if (status !== 200) return;
      answered.add(path);
      if (body !== right) wrong.push(path);
    },
  }));
  let started = 0;
  const result = await autocannon({
    url: app.url,
    ...options,
    headers: { authorization: `Bearer ${API_TOKEN}` },
    requests,
    setupClient(client) {
      // Each begins elsewhere in the list, so that a short run asks for all of it, and never all for the same.
      const first = Math.floor((started++ * requests.length) / options.connections);
      const rotated = [...requests.slice(first), ...requests.slice(0, first)];
      client.setRequests(rotated.map((request) => ({ ...request })));
    },
  });
  count('broken', result.errors + result.timeouts);
  return {
    wrong,
    pathCount: answered.size,
    statuses,
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
