import type { Step } from '../step.ts';
import { audit } from './audit.ts';
import { documentAfter, documentBefore } from './document.ts';
import { migrate } from './migrate.ts';
import { rehearse } from './rehearse.ts';
import { sampleData } from './sample-data.ts';
import { secrets } from './secrets.ts';
import { takeBackup } from './take-backup.ts';

/** Steps that change the database: when none of them has anything to do, nothing is done. */
export const changingSteps: readonly Step[] = [migrate, secrets, audit, sampleData];

/** The flow, in order. */
export const steps: readonly Step[] = [
  takeBackup,
  documentBefore,
  rehearse,
  ...changingSteps,
  documentAfter,
];
