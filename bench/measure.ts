// A measured figure beside its goal, and the table of them.

export interface Measure {
  readonly name: string;
  readonly value: string;
  /** Absent: a figure to look at, without a goal. */
  readonly goal?: { readonly text: string; readonly met: boolean };
}

export function table(measures: readonly Measure[]): string {
  const rows = [
    ['measure', 'value', 'goal', ''],
    ...measures.map(({ name, value, goal }) => [
      name,
      value,
      goal?.text ?? '',
      goal === undefined ? '' : verdict(goal),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const verdict = ({ met }: { readonly met: boolean }): string => (met ? 'met' : 'MISSED');

export const isMissed = ({ goal }: Measure): boolean => goal?.met === false;

/** A time beside the most that it may be. */
export function within(name: string, ms: number, most: number): Measure {
  return { name, value: `${ms.toFixed(0)} ms`, goal: { text: `<= ${most} ms`, met: ms <= most } };
}

/** CPU time that this process has used. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Of positive numbers. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
