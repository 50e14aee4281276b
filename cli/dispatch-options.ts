// From settings to what dispatch is told on one machine.
import { readFile } from 'node:fs/promises';
import { type DispatchOptions, RELAUNCHES_MAX } from '#jobs/options.ts';
import type { TaskSize } from '#jobs/task-definition.ts';
import type { ChosenEngine } from '#local/engine-choice.ts';
import { isPemText } from '#settings/certificates.ts';
import type { Settings } from '#settings/parse.ts';
import { proxies } from '#settings/proxies.ts';
import { type JobSizes, sizeRules } from '#settings/size-rules.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** What stands in the files that settings name. */
export interface NamedFiles {
  /** PEM. */
  readonly caBundle?: string;
  readonly setupScript?: string;
}

/** Before anything is started: a file that cannot be read rejects with the setting's name. */
export async function readNamedFiles(settings: Settings): Promise<NamedFiles> {
  const { tlsCaBundle, startupScriptPath } = settings;
  return {
    ...(tlsCaBundle === undefined ? {} : { caBundle: await textOrFile('EXECUTOR_TLS_CA_BUNDLE', tlsCaBundle) }),
    ...(startupScriptPath === undefined
      ? {}
      : { setupScript: await readNamed('EXECUTOR_VM_STARTUP_SCRIPT_PATH', startupScriptPath) }),
  };
}

export function dispatchOptions(
  settings: Settings,
  files: NamedFiles,
  machine: { readonly frontendUrl: string; readonly executorName: string; readonly runner: ChosenEngine['runner'] },
): DispatchOptions {
  return {
    frontendUrl: machine.frontendUrl,
    executorName: machine.executorName,
    limit: settings.maximumNumJobs,
    relaunch: settings.relaunch,
    relaunchLimit: RELAUNCHES_MAX,
    spot: 'never',
    plan: {
      runnerImage: machine.runner.image,
      ...(machine.runner.entryPoint === undefined ? {} : { runnerEntryPoint: machine.runner.entryPoint }),
      size: taskSize(settings),
      architecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64',
      // The engine asks mirrors itself.
      images: {},
      registrySecrets: {},
    },
    sizeRules: sizeRules(settings, taskSize),
    runtimeLimitMs: settings.maximumRuntimePerJob,
    pollMs: settings.queuePollInterval,
    // No account's quota limits this machine: the limit on jobs does.
    launchRate: { burst: 1_000, perSecond: 1_000 },
    runner: {
      keepWorkspace: settings.keepWorkspaces ?? 'never',
      tlsVerify: !settings.tlsInsecureSkipVerify,
      proxy: { intoSteps: settings.proxyIntoSteps, ...proxies(settings) },
      ...files,
    },
  };
}

/** As it is asked for: no engine of this machine has sizes of its own. */
function taskSize({ jobNumCpus, jobMemory, jobDiskSpace }: JobSizes): TaskSize {
  return {
    cpuUnits: Math.round(jobNumCpus * 1024),
    memoryMiB: Math.ceil(jobMemory / MIB),
    ephemeralStorageGiB: Math.ceil(jobDiskSpace / GIB),
  };
}

/** PEM text stands in the setting itself, or in the file that it names. */
async function textOrFile(setting: string, value: string): Promise<string> {
  return isPemText(value) ? value : readNamed(setting, value);
}

async function readNamed(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UnreadableFile(setting, file, error);
  }
}

/** A setting names a file that is not there: the user's to mend. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';

  constructor(setting: string, file: string, why: unknown) {
    super(`${setting}: ${file} cannot be read (${why instanceof Error ? why.message : String(why)})`);
  }
}
