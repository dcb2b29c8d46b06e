import { createRequire } from 'node:module';

const { name, version } = createRequire(import.meta.url)('../package.json') as {
  name: string;
  version: string;
};

/** What the ledger records as the tool, unless the caller names itself. */
export const TOOL_VERSION = `${name} ${version}`;
