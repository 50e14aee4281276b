// Tells in the job's own log that the logins which it brings are of no use: otherwise nobody would know why an image of a
// private registry, or the higher pull limit of a user's own account, is not to be had.
import type { Payload } from '#jobs/payload.ts';
import type { LogEntries } from './log-entries/log-entries.ts';

const KEY = 'setup.registry-logins';

export function tellUnusedLogins({ job, options }: Pick<Payload, 'job' | 'options'>, entries: LogEntries): void {
  const registries = Object.keys(job.dockerAuthConfig.auths);
  if (options.jobLogins !== 'unused' || registries.length === 0) return;
  const entry = entries.begin(KEY, null);
  const text =
    `the job's logins for ${registries.join(', ')} (DOCKER_AUTH_CONFIG) are not used: this executor runs on Fargate, ` +
    'where images of private registries need `registryCredentials` of its stack\n';
  entry.output('stdout', Buffer.from(text));
  entry.end(0);
}
