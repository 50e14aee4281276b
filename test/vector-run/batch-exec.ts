// batch-exec.json: transcripts of `src batch exec`, run through the step-runner's own code. With the process engine's step
// containers there are no images: all of the vectors' images are the host's own shells. With `--engine docker` they are real.
//
// What may differ, all of it found by what the case holds and never by its name:
// - a panic of the reference: what it printed before must be there, and the end must be one that says why, or a good one;
// - a step that is refused on purpose: buildImage, a comma in a target;
// - in containers, a step that writes to a mount: there it is a copy, and the reference mounts it for reading;
// - what `engineSpecific` says of docker, images and containers, which host processes do not have.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runBatchExec } from '#runner/batches/batch-exec.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import type { Adapter, AdapterOptions, VectorCase, VectorFile, Verdict } from './adapter.ts';
import { Capture, eventLines, type EventLine } from './transcript/capture.ts';
import { merged, sameOutput } from './transcript/exec-events.ts';
import { openStepContainers, type StepContainers } from './transcript/step-containers.ts';
import { makeWorkspace } from './transcript/workspace.ts';

const TASK_ID = '$TASKID';

export const adapter: Adapter = {
  parallel: 2,
  async run(testCase, file, { engine }) {
    const state = mkdtempSync(path.join(tmpdir(), 'vector-exec-'));
    const asImageUser = (testCase['flags'] as readonly string[]).includes('-run-as-image-user');
    const wanted = stepsOf(testCase).map((step, index) => ({
      name: `step-${index}`,
      image: imageOf(step),
      ...(asImageUser ? {} : { user: '0' }),
    }));
    const opened = await openStepContainers(engine, state, wanted, true);
    try {
      return await runCase(testCase, file, opened, engine);
    } finally {
      await opened.close();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

async function runCase(
  testCase: VectorCase,
  file: VectorFile,
  { paths, containers }: StepContainers,
  engine: AdapterOptions['engine'],
): Promise<Verdict> {
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
  return judge(testCase, { exitCode, events: merged(events), stderr }, actual, engine);
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

function judge(
  testCase: VectorCase,
  expected: Transcript,
  actual: Transcript,
  engine: AdapterOptions['engine'],
): Verdict {
  if (expected.stderr.startsWith('panic: ')) {
    const begins = isDeepStrictEqual(actual.events.slice(0, expected.events.length), expected.events);
    const ends = actual.exitCode === 0 || actual.stderr !== '';
    return { passed: begins && ends, expected, actual, allowed: 'the reference panics' };
  }
  const passed =
    isDeepStrictEqual({ ...actual, events: [] }, { ...expected, events: [] }) &&
    sameOutput(actual.events, expected.events);
  const { engineSpecific } = testCase as { readonly engineSpecific?: string };
  const isHost = engine === 'process';
  if (!passed && isHost && engineSpecific !== undefined && /\b(?:docker|image|container)\b/.test(engineSpecific)) {
    return { passed: true, expected, actual, allowed: `host processes: ${engineSpecific}` };
  }
  if (!passed && !isHost && writesToMount(testCase)) {
    return { passed: true, expected, actual, allowed: 'a mount is a copy, since a container can mount nothing' };
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

/** A step whose script redirects into a place where it has a mount. */
function writesToMount(testCase: VectorCase): boolean {
  return stepsOf(testCase).some((step) => {
    const { run = '', mount = [] } = step as { run?: string; mount?: readonly { readonly mountpoint: string }[] };
    return mount.some(({ mountpoint }) => run.includes(`> ${mountpoint}`));
  });
}

function imageOf(step: unknown): string {
  const { container, image } = (step ?? {}) as { readonly container?: unknown; readonly image?: unknown };
  const named = container ?? image;
  return typeof named === 'string' ? named : '';
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
