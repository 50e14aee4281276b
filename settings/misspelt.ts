// Names that nobody knows: which ones are ours to judge, and which known name was probably meant.

// Kubernetes puts the address of each service into each pod's environment (and so, for a service named "executor", EXECUTOR_PORT).
const SERVICE_ADDRESS = /^(?:KUBERNETES|EXECUTOR\w*?)_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_\w+)?$/;

/** Whether a name belongs to Sourcegraph's executors, so that not knowing it is worth an error. */
export function isOurs(name: string): boolean {
  return /^(?:EXECUTOR|KUBERNETES)_/.test(name) && !SERVICE_ADDRESS.test(name);
}

/** The known name that is nearest, when it is near enough to be a slip. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 5)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toUpperCase(), candidate.toUpperCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? sameWords(name, known);
}

// EXECUTOR_NUM_MAXIMUM_JOBS: every word right, their order not.
function sameWords(name: string, known: readonly string[]): string | undefined {
  const sorted = (text: string) => text.toUpperCase().split('_').sort().join('_');
  return known.find((candidate) => sorted(candidate) === sorted(name));
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const substituted = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
