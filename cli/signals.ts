// Ctrl-C and SIGTERM, counted: the first asks for a good end, the second for an end now.

export interface Stops {
  readonly first: (signal: NodeJS.Signals) => void;
  readonly second: (signal: NodeJS.Signals) => void;
}

/** Returns the function that gives the signals back. */
export function onStopSignals(stops: Stops): () => void {
  let count = 0;
  const handle = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) stops.first(signal);
    else stops.second(signal);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}
