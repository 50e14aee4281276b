// What both handlers are told about jobs: they must decide alike, so it is made in one place from the same settings.
import { type JobOptions, RELAUNCHES_MAX } from '#jobs/options.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { Settings } from '#settings/parse.ts';

const SPOT = { 'on-demand': 'never', spot: 'always', 'spot-with-fallback': 'with-fallback' } as const;

export function jobOptions(
  settings: Pick<Settings, 'relaunch'>,
  { architecture, capacity }: Pick<DeploymentValues<'completion'>, 'architecture' | 'capacity'>,
): JobOptions {
  return { relaunch: settings.relaunch, relaunchLimit: RELAUNCHES_MAX, spot: SPOT[capacity], billed: architecture };
}
