// batch-exec.json: transcripts of `src batch exec`, run through the step-runner's own code with the process engine's step
// containers. There are no images here: all of the vectors' images are the host's own shells.
//
// What may differ, all of it found by what the case holds and never by its name:
// - a panic of the reference: what it printed before must be there, and the end must be one that says why, or a good one;
// - a step that is refused on purpose: buildImage, a comma in a target;
// - what `engineSpecific` says of docker, images and containers, which host processes do not have.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openHostContainers } from '#local/engines/process/host-containers.ts';
import { runBatchExec } from '#runner/batches/batch-exec.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import type { Adapter, VectorCase, VectorFile, Verdict } from './adapter.ts';
import { Capture, eventLines, type EventLine } from './transcript/capture.ts';
import { merged, sameOutput } from './transcript/exec-events.ts';
import { makeWorkspace } from './transcript/workspace.ts';

const TASK_ID = '$TASKID';

export const adapter: Adapter = {
  parallel: 2,
  async run(testCase, file) {
    const state = mkdtempSync(path.join(tmpdir(), 'vector-exec-'));
    const names = stepsOf(testCase).map((_, index) => `step-${index}`);
    const host = await openHostContainers(state, names, { environment: process.env, repository: true });
    try {
      return await runCase(testCase, file, host);
    } finally {
      await host.close();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

type Host = Awaited<ReturnType<typeof openHostContainers>>;

async function runCase(testCase: VectorCase, file: VectorFile, { paths, containers }: Host): Promise<Verdict> {
  makeWorkspace(paths.job, testCase, file, paths.jobInSteps);
  const capture = new Capture();
  const flags = testCase['flags'] as readonly string[];
  const end = await runBatchExec({
    args: flags.map((flag) => flag.replaceAll('$WORKSPACE', paths.jobInSteps)),
    paths,
    environment: testCase['env'] as Readonly<Record<string, string>>,
    containers: (index) => containers.get(`step-${index}`),
    output: capture.output,
    hostCommand: runHostCommand,
    signal: new AbortController().signal,
    clock: realClock,
    taskId: TASK_ID,
    stepStarting: () => undefined,
  });
  const actual = normalised({
    exitCode: end.kind === 'exited' ? end.exitCode : end.kind,
    events: eventLines(capture.stdout),
    stderr: capture.stderr,
  });
  const there = JSON.stringify([testCase['exitCode'], testCase['events'], testCase['stderr']]);
  const [exitCode, events, stderr] = JSON.parse(there.replaceAll('$WORKSPACE', paths.jobInSteps)) as [
    number,
    EventLine[],
    string,
  ];
  return judge(testCase, { exitCode, events: merged(events), stderr }, actual);
}

interface Transcript {
  readonly exitCode: number | string;
  readonly events: EventLine[];
  readonly stderr: string;
}

/** The temporary names of scripts and of the cached diff. */
function normalised({ exitCode, events, stderr }: Transcript): Transcript {
  const rename = (text: string): string =>
    text
      .replace(/bind-workspace-test-\d+/g, 'bind-workspace-test-$N')
      .replace(/(?:\/[\w.-]+)*\/\.src-tmp\/\d+/g, '$TMPFILE');
  return {
    exitCode,
    events: merged(JSON.parse(rename(JSON.stringify(events))) as EventLine[]),
    stderr: rename(stderr),
  };
}

function judge(testCase: VectorCase, expected: Transcript, actual: Transcript): Verdict {
  if (expected.stderr.startsWith('panic: ')) {
    const begins = isDeepStrictEqual(actual.events.slice(0, expected.events.length), expected.events);
    const ends = actual.exitCode === 0 || actual.stderr !== '';
    return { passed: begins && ends, expected, actual, allowed: 'the reference panics' };
  }
  const passed =
    isDeepStrictEqual({ ...actual, events: [] }, { ...expected, events: [] }) &&
    sameOutput(actual.events, expected.events);
  const { engineSpecific } = testCase as { readonly engineSpecific?: string };
  if (!passed && engineSpecific !== undefined && /\b(?:docker|image|container)\b/.test(engineSpecific)) {
    return { passed: true, expected, actual, allowed: `host processes: ${engineSpecific}` };
  }
  if (!passed && isRefusal(testCase, actual)) {
    return { passed: true, expected, actual, allowed: 'refused on purpose' };
  }
  return { passed, expected, actual };
}

const REFUSALS = [
  { said: /^step \d+: buildImage is not supported: /, holds: /"buildImage":\{/ },
  {
    said: /^step \d+ (?:files target path|mount path|mount mountpoint) contains invalid characters /,
    holds: /,[^"]*"[:,}]/,
  },
] as const;

/** Our refusal, of a step that holds what it refuses. */
function isRefusal(testCase: VectorCase, actual: Transcript): boolean {
  const steps = JSON.stringify(stepsOf(testCase));
  return actual.exitCode === 1 && REFUSALS.some(({ said, holds }) => said.test(actual.stderr) && holds.test(steps));
}

function stepsOf(testCase: VectorCase): readonly unknown[] {
  const { input } = testCase as { readonly input?: unknown };
  try {
    const parsed: unknown = typeof input === 'string' ? JSON.parse(input) : input;
    const found = Object.entries(parsed ?? {}).find(([name]) => name.toLowerCase() === 'steps');
    return Array.isArray(found?.[1]) ? found[1] : [];
  } catch {
    return [];
  }
}
