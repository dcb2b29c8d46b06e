import { z } from 'zod';

const token = z.string().min(32);

const environment = z.object({
  /** URL of the primary. */
  DATABASE_URL: z.string().min(1),
  /** URLs of replicas, with spaces between them; reads go there. */
  REPLICA_URLS: z.string().default(''),
  /** Whoever sends it may read children, sessions and profiles. */
  API_TOKEN: token,
  /** Whoever sends it may read the schema. */
  SCHEMA_TOKEN: token,
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
});

/** What the server is told from outside. */
export interface Configuration {
  readonly databaseUrl: string;
  readonly replicaUrls: readonly string[];
  readonly apiToken: string;
  readonly schemaToken: string;
  readonly host: string;
  readonly port: number;
}

/** Reads the environment. @throws Error that names the variables at fault, and none of their values */
export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw new Error(
      `The environment does not say what it must: ${names.join(', ')}. DATABASE_URL is a URL, API_TOKEN and SCHEMA_TOKEN have 32 characters or more, PORT is a number.`,
    );
  }
  const { data } = parsed;
  return {
    databaseUrl: data.DATABASE_URL,
    replicaUrls: data.REPLICA_URLS.split(/\s+/).filter((url) => url !== ''),
    apiToken: data.API_TOKEN,
    schemaToken: data.SCHEMA_TOKEN,
    host: data.HOST,
    port: data.PORT,
  };
}
