// Clones the job's repository: carries out the plan, one log entry a command. A fetch that the network broke is tried
// again within its entry; it changes nothing until it is complete.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitCloneUrl, gitHeaders } from '#sourcegraph/git.ts';
import { failed, OK, within } from '../command-outcome.ts';
import type { Outcome } from '../command-outcome.ts';
import type { HostCommandEnd } from '../host-command.ts';
import type { JobContext } from '../job-context.ts';
import { runLogged } from '../logged-command.ts';
import type { StepOutput } from '../step-container.ts';
import { clonePlan } from './clone-plan.ts';
import type { GitCommand } from './clone-plan.ts';
import { gitEnvironment } from './git-environment.ts';
import type { GitAccess } from './git-environment.ts';
import { openPrivateGit, type PrivateGit } from './private-git.ts';

const FETCH_ATTEMPTS_MAX = 4;
const FETCH_RETRY_MS = 1000;
/** Where the last words of git are looked for. */
const LAST_WORDS_BYTES = 4096;

/**
 * What git says when trying again cannot help: Sourcegraph said no, the commit is not there, the disk is full. Everything
 * else is taken to be the network or a gateway, which have no end of words (a web page is a "bad line length character").
 */
const FINAL =
  /returned error: (?:400|401|403|404|410)|could not read (?:Username|Password)|Authentication failed|repository '.*' not found|not our ref|couldn't find remote ref|No space left on device/i;

export async function cloneRepository(context: JobContext): Promise<Outcome> {
  const { job, frontendUrl } = context.payload;
  if (job.repositoryName === '') return OK;
  const plan = clonePlan(job, context.paths.job, frontendUrl);
  if (plan.kind === 'refused') return failed(plan.message);
  const git = await openPrivateGit(context.paths.job, job.repositoryDirectory);
  if ('refused' in git) return failed(git.refused);
  const trust = await certificateFile(context);
  try {
    const access = gitAccess(context, trust?.file);
    for (const command of plan.commands) {
      const outcome = await runGit(context, command, access, git);
      if (outcome.kind !== 'ok') return within(`failed ${command.key}`, outcome);
    }
    const problem = await git.publish();
    return problem === undefined ? OK : failed(problem);
  } finally {
    git.remove();
    if (trust !== undefined) await rm(trust.folder, { recursive: true, force: true });
  }
}

function runGit(context: JobContext, command: GitCommand, access: GitAccess, git: PrivateGit): Promise<Outcome> {
  const environment = {
    ...gitEnvironment(context.hostEnvironment, command.network ? access : undefined),
    ...git.environment,
  };
  const once = (output: StepOutput, signal: AbortSignal): Promise<HostCommandEnd> =>
    context.hostCommand(
      { argv: command.argv, environment },
      (stream, bytes) => output(stream, git.shown(bytes)),
      signal,
    );
  return runLogged(
    context.entries,
    {
      key: command.key,
      shown: command.argv,
      run: command.network ? (output, signal) => withRetries(context, once, output, signal) : once,
    },
    context.signal,
  );
}

async function withRetries(
  context: JobContext,
  once: (output: StepOutput, signal: AbortSignal) => Promise<HostCommandEnd>,
  output: StepOutput,
  signal: AbortSignal,
): Promise<HostCommandEnd> {
  for (let attempt = 1; ; attempt++) {
    let lastWords = '';
    const end = await once((stream, bytes) => {
      if (stream === 'stderr') lastWords = (lastWords + Buffer.from(bytes).toString('latin1')).slice(-LAST_WORDS_BYTES);
      output(stream, bytes);
    }, signal);
    const again = end.kind === 'exited' && end.exitCode !== 0 && attempt < FETCH_ATTEMPTS_MAX;
    if (!again || FINAL.test(lastWords)) return end;
    const pauseMs = FETCH_RETRY_MS * 2 ** (attempt - 1);
    output('stderr', Buffer.from(`[trying again in ${pauseMs / 1000} s]\n`));
    if ((await context.clock.sleep(pauseMs, signal)) === 'aborted') return { kind: 'killed' };
  }
}

function gitAccess(context: JobContext, caFile: string | undefined): GitAccess {
  const { frontendUrl, job, options } = context.payload;
  const headers = gitHeaders(context.access, context.payload.executorToken);
  return {
    headers: Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    url: gitCloneUrl(frontendUrl, job.repositoryName),
    tlsVerify: options.tlsVerify,
    ...(caFile === undefined ? {} : { caFile }),
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
  };
}

// libcurl's file replaces the machine's certificates, so these go into it too.
async function certificateFile(
  context: JobContext,
): Promise<{ readonly folder: string; readonly file: string } | undefined> {
  const { caBundle } = context.payload.options;
  if (caBundle === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'step-runner-'));
  const file = path.join(folder, 'certificates.pem');
  await writeFile(file, [...process.getBuiltinModule('node:tls').getCACertificates('default'), caBundle].join('\n'));
  return { folder, file };
}
