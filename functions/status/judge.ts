// From what was found out to what is to be thought of it: pure, one function a check.
import { DRAWS_ON, FARGATE_QUOTAS } from '#settings/fargate-quotas.ts';
import { standing } from '#jobs/lease-rules.ts';
import type { JobRecord } from '#jobs/record.ts';
import { type Check, ok, problem, unknown, warning } from './check.ts';
import type { Facts } from './facts.ts';

/** A mark that has been due for so long is not only late. */
const MARK_LATE_MS = 5 * 60_000;

export function judge(facts: Facts): readonly Check[] {
  return [
    sourcegraph(facts),
    dispatcher(facts),
    jobs(facts),
    image(facts),
    quota(facts),
    messages(facts),
    troubles(facts),
  ];
}

function sourcegraph({ frontendUrl, instance, queues }: Facts): Check {
  const names = queues.kind === 'single' ? queues.name : queues.names.join(', ');
  if (instance === 'ok') return ok('Sourcegraph', `${frontendUrl} is there and takes the token; queues: ${names}`);
  return problem('Sourcegraph', instance.message);
}

function dispatcher({ lease, now, pool }: Facts): Check {
  const name = 'Dispatcher';
  if (lease.kind === 'unanswered') return unknown(name, `the lease cannot be read: ${lease.why}`);
  if (lease.value === undefined) {
    return problem(
      name,
      'none has ever come',
      'wait two minutes after a deployment, then look at the schedule and its role',
    );
  }
  const { closed, holder, standBy } = standing(lease.value, now);
  if (closed === true) {
    return problem(
      name,
      'the gate is closed: the stack is being deleted, and no job is taken',
      'to go on, deploy again after the deletion',
    );
  }
  if (holder !== undefined) {
    const behind = standBy?.ready === true ? 'another stands by' : 'nobody stands by yet';
    return ok(name, `one works, ${behind}`);
  }
  if (pool.polling === 'cheapest') return ok(name, 'none works now: with nothing to do it asks for jobs once a minute');
  return problem(
    name,
    'none works, although polling is lowest-latency',
    'look at the errors and throttles of the function',
  );
}

function jobs({ jobs: found, maximumJobs, now }: Facts): Check {
  const name = 'Jobs';
  if (found.kind === 'unanswered') return unknown(name, `the records cannot be read: ${found.why}`);
  const { records, unreadable } = found.value;
  if (unreadable.length > 0) {
    const text = `${unreadable.length} records are of a version that this code cannot read`;
    return problem(name, text, 'deploy the newer version again');
  }
  const all = records.map(({ record }) => record);
  const text = `${all.length} in flight of at most ${maximumJobs}${all.length === 0 ? '' : `: ${counts(all)}`}`;
  const late = all.filter(({ state }) => state.kind === 'finished' && now - state.since > MARK_LATE_MS);
  if (late.length > 0) {
    return warning(name, `${text}; ${late.length} have ended and Sourcegraph has not taken their marks for minutes`);
  }
  const waiting = all.find(({ state }) => state.kind === 'to-launch' && state.waitsFor !== undefined);
  if (waiting?.state.kind === 'to-launch') {
    return warning(name, `${text}; job ${waiting.jobId} of ${waiting.queue} waits: ${waiting.state.waitsFor ?? ''}`);
  }
  if (all.length >= maximumJobs) return warning(name, `${text}: full`, 'raise maximumJobs, and the quota with it');
  return ok(name, text);
}

function counts(records: readonly JobRecord[]): string {
  const of = (...kinds: readonly JobRecord['state']['kind'][]): number =>
    records.filter(({ state }) => kinds.includes(state.kind)).length;
  const parts = [
    [of('to-launch', 'launching'), 'to be launched'],
    [of('starting'), 'starting'],
    [of('running'), 'running'],
    [of('stopping'), 'being stopped'],
    [of('finished'), 'to be marked'],
  ] as const;
  return parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ');
}

function image({ image: state, pool }: Facts): Check {
  const name = 'Runner image';
  switch (state.kind) {
    case 'there':
      return ok(name, pool.runnerImage);
    case 'missing':
      return problem(name, `${pool.runnerImage} is not there (${state.why})`, 'deploy again, or mend runnerImage');
    case 'unknown':
      return unknown(name, `${pool.runnerImage}: ${state.why}`);
  }
}

function quota({ jobs: found, maximumJobs, pool, quota: account, region, size }: Facts): Check {
  const name = 'vCPU quota';
  const own = pool.vcpuQuota;
  if (own === undefined && account.kind === 'unknown') return unknown(name, `it cannot be read: ${account.why}`);
  const vcpus = Math.min(own ?? Infinity, account.kind === 'known' ? account.vcpus : Infinity);
  const each = size.cpuUnits / 1024;
  const fits = Math.floor(vcpus / each);
  const records = found.kind === 'answered' ? found.value.records : [];
  const used = records.reduce((sum, { record }) => sum + record.size.cpuUnits, 0) / 1024;
  const text = `${vcpus} vCPU (${pool.capacity}), ${used} used by this pool; ${fits} jobs of ${each} vCPU fit`;
  const { vcpus: code } = FARGATE_QUOTAS[DRAWS_ON[pool.capacity].first];
  const page = `https://${region}.console.aws.amazon.com/servicequotas/home/services/fargate/quotas/${code}`;
  if (fits === 0) return problem(name, text, `ask for more at ${page}, or lower cpus`);
  if (fits < maximumJobs)
    return warning(name, `${text}, fewer than maximumJobs ${maximumJobs}`, `ask for more at ${page}`);
  return ok(name, text);
}

function messages({ depths }: Facts): Check {
  const name = 'Messages';
  if (depths.kind === 'unanswered') return unknown(name, `the queues cannot be read: ${depths.why}`);
  const { deadEvents, deadResults, results } = depths.value;
  const text = `${results} results wait for completion, ${deadResults} could not be handled, ${deadEvents} could not be delivered`;
  if (deadResults > 0) return problem(name, text, 'mend the cause (below), then run the output RedriveCommand');
  if (deadEvents > 0) return problem(name, text, 'look at the policy of the results queue');
  return ok(name, text);
}

function troubles({ lines: found }: Facts): Check {
  const name = 'Logs';
  if (found.kind === 'unanswered') return unknown(name, `they cannot be read: ${found.why}`);
  const { cut, lines, sinceMs } = found.value;
  const hours = Math.round(sinceMs / 3_600_000);
  const since = `in the last ${hours === 1 ? 'hour' : `${hours} hours`}`;
  if (lines.length === 0) return ok(name, `no failure and no warning ${since}`);
  const failed = lines.filter(({ failure }) => failure !== undefined).length;
  const rest = cut ? '; there were more than could be read' : '';
  return warning(
    name,
    `${failed} jobs failed and ${lines.length - failed} other warnings ${since}, shown below${rest}`,
  );
}
