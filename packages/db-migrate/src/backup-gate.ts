/**
 * Asked before a migration marked `-- tothub: destructive <object>` runs. A backup library implements it; this
 * package only states what it needs to hear.
 */
export interface BackupGate {
  /** Says whether a fresh, verified backup covers every one of `objects`, as the directives name them. */
  check(
    objects: readonly string[],
  ): Promise<
    | { readonly ok: true; readonly receipt: string }
    | { readonly ok: false; readonly reason: string }
  >;
}
