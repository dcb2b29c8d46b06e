import type { Exception } from '../src/testing/index.ts';

/** What the checks find and is right all the same. */
export const exceptions: readonly Exception[] = [];

/** Reads that may go through a large table from end to end. */
export const acceptedScans: readonly Exception[] = [];
