const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes for people, in powers of 1,000: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

const spans: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** An age for people, in its largest unit: `3 h`. */
export function formatAge(ms: number): string {
  const [span, unit] = spans.find(([size]) => ms >= size) ?? [1000, 's'];
  return `${Math.floor(ms / span)} ${unit}`;
}
