export type * from './model.ts';
export type { Queryable } from './queryable.ts';
