// What the program's exit code means; `--help` says the same.
export const EXIT = {
  ok: 0,
  /** A workspace failed, or the executor could not go on. */
  failed: 1,
  /** Wrong arguments, settings or batch spec: nothing was started. */
  usage: 2,
  /** The instance refuses this executor. */
  refused: 3,
  /** Stopped in the middle of work by a second signal or at the end of the grace period. */
  stopped: 130,
} as const;
