/** What the run was seeded with: `FAULTS_SEED`, printed at its beginning. */
const SEED = Number(process.env.FAULTS_SEED ?? 1);

/** How often each fault is tried: `FAULTS_RUNS`. */
export const RUNS = Number(process.env.FAULTS_RUNS ?? 25);

/** Numbers from 0 to 1 that a seed and a name decide (mulberry32). */
export function randomNumbers(name: string): () => number {
  let state = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, SEED);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
