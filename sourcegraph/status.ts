// Which HTTP statuses say that no answer of Sourcegraph's stands behind them: "not now", "not here", or a gateway's own.
import type { Trouble } from './answers.ts';

/** The trouble that a status means, whatever the route; undefined when it is the instance's answer, good or bad. */
export function troubleOfStatus(status: number, html: boolean): Trouble | undefined {
  if (status === 407) return 'proxy';
  if (status === 408) return 'time-out';
  if (status === 425 || status === 429) return 'rate-limited';
  if (status >= 500) return 'server-error';
  if (status >= 300 && status < 400) return 'redirected';
  if (status < 200) return 'garbled';
  return html ? 'not-sourcegraph' : undefined;
}
