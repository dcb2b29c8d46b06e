/** Checks of queries against a database, for the tests of whoever defines queries. Needs pg and libpg-query. */

export type { PlanOptions, PlanResult } from './check-plans.ts';
export { checkPlans } from './check-plans.ts';
export type { CheckOptions, CheckResult } from './check-queries.ts';
export { checkQueries } from './check-queries.ts';
export type { QueryModules } from './collect-queries.ts';
export type { Exception } from './exceptions.ts';
export type { Finding, FindingKind } from './finding.ts';
export { formatFinding } from './finding.ts';
export type { SourcePlace } from './source-place.ts';
