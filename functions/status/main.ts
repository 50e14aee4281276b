// The status of a pool, asked for by hand (stack output StatusCommand): looked at from where the pool itself works, by the
// token, network, proxy and certificates that the dispatcher uses. It changes nothing.
import { parseDeployedSettings } from '#settings/parse.ts';
import { jobResources } from '#settings/job-resources.ts';
import { regionOf } from '../aws/deployed-world.ts';
import { readStatusFacts } from '../aws/deployed-status.ts';
import { clock, random } from '../clock-and-chance.ts';
import { connect } from '../connect.ts';
import { taskSize } from '../task-size.ts';
import { problem } from './check.ts';
import type { Facts } from './facts.ts';
import { judge } from './judge.ts';
import { report, type Report } from './report.ts';

/** As the pool's own patience. */
const AUTHENTICATE_MS = 10_000;

export async function handler(): Promise<Report> {
  const now = clock.now();
  const environment = { ...process.env };
  const region = environment['AWS_REGION'] ?? '';
  const parsed = parseDeployedSettings(environment, 'status');
  if (parsed.kind === 'invalid') {
    const poolName = environment['EXECUTOR_POOL_NAME'] ?? '';
    const checks = parsed.problems.map(({ name, message }) => problem(name, message));
    return report({ poolName, region, now }, checks, []);
  }
  const { deployment, settings } = parsed;
  const { poolName } = deployment;
  const [asked, instance] = await Promise.all([readStatusFacts(deployment, { clock, random }), authenticate(parsed)]);
  const facts: Facts = {
    ...asked,
    now,
    region: regionOf(deployment.clusterArn),
    pool: deployment,
    frontendUrl: settings.frontendUrl,
    queues: settings.queues,
    maximumJobs: settings.maximumNumJobs,
    size: taskSize(settings),
    instance,
  };
  const lines = facts.lines.kind === 'answered' ? facts.lines.value.lines : [];
  return report({ poolName, region: facts.region, now }, judge(facts), lines);
}

async function authenticate({
  deployment,
  settings,
}: Extract<ReturnType<typeof parseDeployedSettings<'status'>>, { kind: 'settings' }>): Promise<Facts['instance']> {
  try {
    const { instance } = await connect({
      settings,
      deployment,
      resources: jobResources(settings),
      trace: (exchange) => console.log(JSON.stringify(exchange)),
    });
    return await instance.authenticate(AbortSignal.timeout(AUTHENTICATE_MS));
  } catch (error) {
    // The secret with the certificates: told as what it is, a reason why Sourcegraph cannot be asked.
    return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) };
  }
}
