/** The clocks of client and server: what the server ends at 100 ms may be seen to end after 99. */
const CLOCK = 0.95;

/** Whether a statement that was ended had used up its time; 0 and undefined are no limit. */
export function isTimeUp(elapsedMs: number, timeoutMs: number | undefined): boolean {
  return timeoutMs !== undefined && timeoutMs > 0 && elapsedMs >= timeoutMs * CLOCK;
}
