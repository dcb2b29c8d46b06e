/** What a long call reports while it runs. */
export interface ProgressEvent {
  readonly phase:
    | 'snapshot'
    | 'dump'
    | 'count'
    | 'check files'
    | 'read'
    | 'restore'
    | 'access'
    | 'compare'
    | 'done';
  /** Table just begun, `schema.table`. */
  readonly table?: string;
  readonly doneBytes?: number;
  /** Left out while it is not known (a dump). */
  readonly totalBytes?: number;
  readonly doneTables?: number;
  readonly totalTables?: number;
}

export type OnProgress = (event: ProgressEvent) => void;
