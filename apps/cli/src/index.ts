#!/usr/bin/env node
/**
 * `tothub-db`. WebAssembly (PostgreSQL's grammar, and its `pg_dump` where there is no native one) is compiled in one
 * quick pass only, which has to be said before it is loaded: a command ends before the optimised code would have paid
 * for its compilation, a fifth of the CPU time of an improvement.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--liftoff-only');
await import('./main.ts');
