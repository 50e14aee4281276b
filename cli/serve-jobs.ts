// The life of a connected executor: it takes jobs until it is told to stop, and then ends as it was told to.
import type { ChosenEngine } from '#local/engine-choice.ts';
import { startLocalExecutor } from '#local/executor.ts';
import { type HealthServer, startHealthServer } from '#local/health-server.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { Instance } from '#jobs/world.ts';
import type { Settings } from '#settings/parse.ts';
import type { OpenedToken } from './executor-token.ts';
import { EXIT } from './exit-codes.ts';
import { createJournal } from './journal.ts';
import { limitLife } from './limited-life.ts';
import { onRequest, type StopRequests } from './stop-requests.ts';

export interface ServeJobs {
  readonly settings: Settings;
  readonly instance: Instance;
  readonly chosen: ChosenEngine;
  readonly dispatch: DispatchOptions;
  readonly token: OpenedToken;
  readonly stops: StopRequests;
  readonly print: (line: string) => void;
}

/** Resolves to the program's exit code. */
export async function serveJobs({
  settings,
  instance,
  chosen,
  dispatch,
  token,
  stops,
  print,
}: ServeJobs): Promise<number> {
  const journal = createJournal({
    level: settings.logLevel,
    format: settings.logFormat,
    write: (line) => void process.stderr.write(line),
    now: Date.now,
    secrets: token.seen,
  });
  const limited = limitLife(instance, { totalJobs: settings.numTotalJobs, activeMs: settings.maxActiveTime });
  const executor = await startLocalExecutor({
    instance: limited.instance,
    executorToken: token.source,
    engine: chosen.engine,
    dispatch,
    journal,
    cleanUpEveryMs: settings.cleanupTaskInterval,
    ...(chosen.program === undefined ? {} : { payloadHost: chosen.program }),
  });
  const state = { draining: false };
  const drain = (why: string): void => {
    if (state.draining) return;
    state.draining = true;
    print(
      `${why}: no more jobs are taken, running ones finish (up to ${settings.shutdownGracePeriod / 1000} s); once more to stop them.`,
    );
    executor.drain();
    grace = setTimeout(() => abort('The grace period is over'), settings.shutdownGracePeriod);
  };
  let grace: NodeJS.Timeout | undefined;
  const abort = (why: string): void => {
    print(`${why}: running jobs are stopped; Sourcegraph gives them to others.`);
    executor.abort();
  };
  limited.onOver(() => drain('EXECUTOR_NUM_TOTAL_JOBS or EXECUTOR_MAX_ACTIVE_TIME is reached'));
  onRequest(stops.drain, drain);
  onRequest(stops.abort, abort);
  let health: HealthServer | undefined;
  try {
    if (settings.healthServerAddress !== undefined)
      health = await startHealthServer(settings.healthServerAddress, () => !state.draining);
    const end = await executor.ended;
    if (end.kind === 'aborted') return EXIT.stopped;
    // Asked to stop, it had no more to do: that Sourcegraph was away just then is in the log already.
    if (end.kind !== 'failed' || state.draining) return EXIT.ok;
    print(`The executor ended: ${end.message}`);
    return EXIT.failed;
  } finally {
    clearTimeout(grace);
    limited.close();
    health?.close();
  }
}
