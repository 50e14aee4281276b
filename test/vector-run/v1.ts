// v1.json: the texts of failed steps and the event lines of version 1 jobs.
import { JsonLines } from '#batches/events/json-lines.ts';
import { stepFailureLine, stepFailureText } from '#batches/step-failed.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { bytesOrNull, mapOrNull, resultOf, textOrEmpty, textsOf } from './results.ts';
import { textToVector } from './typed.ts';

type Fields = Readonly<Record<string, unknown>>;

export const adapter: Adapter = { run: (testCase) => judge(testCase, outcomeOf(testCase)) };

function outcomeOf({ in: input }: VectorCase): Outcome {
  if (input['func'] === 'stepFailedErr') return failureOf(input);
  const lines: unknown[] = [];
  const ui = new JsonLines({
    taskID: 'TASKID',
    unixMillis: () => 0,
    print: (line) => lines.push(line.replace(/"timestamp":"[^"]*"/, '"timestamp":"TIMESTAMP"')),
    warn: (message) => {
      throw new Error(message);
    },
  });
  call(ui, input);
  return { out: lines };
}

function failureOf(input: Fields): Outcome {
  const failure = {
    run: textOrEmpty(input['run']),
    container: textOrEmpty(input['container']),
    scriptName: textOrEmpty(input['tmpFilename']),
    stdout: textOrEmpty(input['stdout']),
    stderr: textOrEmpty(input['stderr']),
    exitCode: Number(input['exitCode']),
    reason: textOrEmpty(input['err']),
  };
  return {
    out: {
      error: textToVector(stepFailureText(failure)),
      singleLine: textToVector(stepFailureLine(failure)),
    },
  };
}

function call(ui: JsonLines, input: Fields): void {
  const step = Number(input['step'] ?? 0);
  const error = textOrEmpty(input['err']);
  const calls: Readonly<Record<string, () => void>> = {
    PreparingContainerImages: () => ui.preparingContainerImages(),
    PreparingContainerImagesProgress: () =>
      ui.preparingContainerImagesProgress(Number(input['done']), Number(input['total'])),
    PreparingContainerImagesSuccess: () => ui.preparingContainerImagesSuccess(),
    TaskStarted: () => ui.taskStarted(),
    TaskFinished: () => ui.taskFinished(input['err'] === undefined ? null : error),
    SkippingStepsUpto: () => ui.skippingStepsUpto(step),
    StepSkipped: () => ui.stepSkipped(step),
    StepPreparingStart: () => ui.stepPreparingStart(step),
    StepPreparingSuccess: () => ui.stepPreparingSuccess(step),
    StepPreparingFailed: () => ui.stepPreparingFailed(step, error),
    StepStarted: () => ui.stepStarted(step, textsOf(input['env']) ?? new Map()),
    StepFinished: () =>
      ui.stepFinished(step, bytesOrNull(input['diff']) ?? new Uint8Array(), mapOrNull(input['outputs'])),
    StepFailed: () => ui.stepFailed(step, error, Number(input['exitCode'])),
    WriteAfterStepResult: () => ui.cachedStepResult(textOrEmpty(input['key']), resultOf(input['result'] as Fields)),
  };
  const made = calls[String(input['call'])];
  if (made === undefined) throw new Error(`unknown call ${String(input['call'])}`);
  made();
}
