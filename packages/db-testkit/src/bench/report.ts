import type { Measured } from './measure.ts';

/** A Markdown table of one scenario. */
export function scenarioTable(title: string, measured: readonly Measured[]): string {
  return [
    `### ${title}`,
    '',
    '| | floor | paired | CPU | quickest |',
    '|---|---:|---:|---:|---:|',
    ...measured.map(
      (one) =>
        `| ${one.name} | ${one.floor.toFixed(2)} | ${one.paired.toFixed(2)} | ${one.cpu.toFixed(2)} | ${duration(one.bestMicros)} |`,
    ),
  ].join('\n');
}

function duration(micros: number): string {
  return micros < 1000 ? `${micros.toFixed(0)} µs` : `${(micros / 1000).toFixed(2)} ms`;
}
