/** Prints, once a run, what repeats it. */
export default function announceSeed(): void {
  process.stderr.write(`FAULTS_SEED=${process.env.FAULTS_SEED}\n`);
}
