import { catalogQuery } from '../catalog-query.ts';

export interface ServerRow {
  readonly database: string;
  readonly encoding: string;
  readonly versionNumber: number;
  readonly version: string;
}

/** Which database this is, and which server holds it. */
export const serverQuery = catalogQuery<ServerRow>`
  select current_database() as database,
         current_setting('server_encoding') as encoding,
         current_setting('server_version_num')::int as "versionNumber",
         current_setting('server_version') as version`;
