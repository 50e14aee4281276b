// helper.json: transcripts of batcheshelper in sequences pre -> run -> post. pre, post and apply-diff are the step-runner's
// own; the run step goes through a step container of the engine.
//
// What may differ, all of it found by what the case holds and never by its name:
// - the deliberate differences (a) changedFiles is filled, (b) the workspace files stay, (d) no "Rendering step output" line;
//   (c) does not show here: the run step is run with the transcript's own command, which swaps the streams;
// - what the file's own `about.bugs` calls bugs of the reference: no check for commas, the prefix check of mount paths, panics;
// - `gitconfig`: it is the home of the helper's container, which there is none of here.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runNativeStep } from '#runner/batches/native.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import type { StepContainer } from '#runner/step-container.ts';
import type { TaskPaths } from '#runner/task-paths.ts';
import type { Adapter, VectorCase, VectorFile, Verdict } from './adapter.ts';
import { Capture } from './transcript/capture.ts';
import { actualProgram, expectedProgram, type RanProgram, type RecordedProgram } from './transcript/helper-programs.ts';
import { openStepContainers } from './transcript/step-containers.ts';
import { HelperDifferences } from './transcript/helper-differences.ts';
import { difference, makeWorkspace, snapshot } from './transcript/workspace.ts';

const CONTAINER = 'step';
/** As the file's own `about` says. */
const RUN_IMAGE = 'vectors/bash:1';

export const adapter: Adapter = {
  parallel: 2,
  async run(testCase, file, { engine }) {
    const state = mkdtempSync(path.join(tmpdir(), 'vector-helper-'));
    const host = await openStepContainers(engine, state, [{ name: CONTAINER, image: RUN_IMAGE }], false);
    try {
      const container = host.containers.get(CONTAINER);
      if (container === undefined) throw new Error('the engine has started no container');
      return await runCase(testCase, file, host.paths, container);
    } finally {
      await host.close();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

async function runCase(
  testCase: VectorCase,
  file: VectorFile,
  paths: TaskPaths,
  container: StepContainer,
): Promise<Verdict> {
  makeWorkspace(paths.job, testCase, file, paths.jobInSteps);
  const differences = new HelperDifferences(testCase);
  const expected: unknown[] = [];
  const actual: unknown[] = [];
  for (const recorded of testCase['programs'] as readonly RecordedProgram[]) {
    if (recorded.program === 'mkdir' || recorded.program === 'write') {
      makeByHand(paths.job, recorded);
      continue;
    }
    const ran = await runProgram(testCase, recorded, paths, container);
    const [is, should] = [actualProgram(recorded, ran), expectedProgram(recorded, paths.jobInSteps)];
    const end = differences.normalise(should, is);
    expected.push(end.expected);
    actual.push(end.actual);
    if (end.last || !isDeepStrictEqual(end.actual, end.expected)) break;
    differences.forgetChangedFiles(paths.job);
    // As the executor does after each pre.
    rmSync(path.join(paths.job, 'skip.json'), { force: true });
  }
  const allowed = differences.allowed();
  return {
    passed: isDeepStrictEqual(actual, expected),
    expected,
    actual,
    ...(allowed === '' ? {} : { allowed }),
  };
}

async function runProgram(
  testCase: VectorCase,
  recorded: RecordedProgram,
  paths: TaskPaths,
  container: StepContainer,
): Promise<RanProgram> {
  const before = snapshot(paths.job);
  const capture = new Capture();
  const signal = new AbortController().signal;
  let exitCode: number | undefined;
  if (recorded.program === 'run') {
    const end = await container.run(
      {
        command: ['/bin/bash', '-c', (recorded.commands ?? []).join('\n')],
        workingDirectory: path.posix.join(paths.jobInSteps, recorded.dir ?? ''),
        environment: {},
      },
      capture.output,
      signal,
    );
    if (end.kind === 'exited') exitCode = end.exitCode;
  } else {
    const args = (recorded.args ?? []).map((argument) => argument.replaceAll('$WORKSPACE', paths.jobInSteps));
    const end = await runNativeStep({
      args: recorded.program === 'apply-diff' ? ['apply-diff'] : ['batcheshelper', ...args],
      paths,
      environment: testCase['env'] as Readonly<Record<string, string>>,
      output: capture.output,
      hostCommand: runHostCommand,
      signal,
      clock: realClock,
    });
    if (end.kind === 'exited') exitCode = end.exitCode;
  }
  return { exitCode, capture, ...difference(before, snapshot(paths.job)) };
}

function makeByHand(workspace: string, recorded: RecordedProgram): void {
  const place = path.join(workspace, recorded.path ?? '');
  if (recorded.program === 'mkdir') mkdirSync(place);
  else writeFileSync(place, recorded.text ?? '');
}
