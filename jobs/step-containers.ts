// From a job to the containers of its task: which image waits in which container, and which container carries out which
// step. The definition that comes out holds nothing of the job but its images and kind, so that it is registered once
// for all jobs that look alike (RegisterTaskDefinition: one a second).
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { imageKnownAtStart } from '#batches/batch-exec/images.ts';
import { containsTemplateAction, TemplateError } from '#batches/template/index.ts';
import { type DockerStep, inlineContent, type Job } from '#sourcegraph/job.ts';
import { type ImageSources, pulledImage } from './images.ts';
import {
  CONTROL_PATH_IN_STEPS,
  type ContainerDefinition,
  controlPathInRunner,
  controlVolume,
  JOB_PATH,
  JOB_VOLUME,
  REPOSITORY_PATH_IN_RUNNER,
  REPOSITORY_PATH_IN_STEPS,
  REPOSITORY_VOLUME,
  RUNNER_CONTAINER,
  RUNNER_TEMPORARY_PATH,
  RUNNER_TEMPORARY_VOLUME,
  STEP_ENTRY_POINT,
  type TaskDefinition,
  type TaskSize,
} from './task-definition.ts';

/** ECS allows ten containers in a task; one is the step-runner. */
export const STEP_CONTAINERS_MAX = 9;

export interface PlanOptions {
  readonly runnerImage: string;
  /** @default the image's own */
  readonly runnerEntryPoint?: readonly string[];
  readonly size: TaskSize;
  readonly architecture: TaskDefinition['architecture'];
  readonly images: ImageSources;
  /** Registry host to the secret by which its images are pulled. */
  readonly registrySecrets: Readonly<Record<string, string>>;
}

export interface TaskPlan {
  readonly kind: 'plan';
  readonly definition: TaskDefinition;
  /** `stepIndex`: of `dockerSteps`, or of the batch spec's steps in a version 1 batches job. */
  readonly stepContainers: readonly { readonly container: string; readonly stepIndex: number }[];
}

/** The job can never run here; `message` names the image or rule and the limit. */
export interface Unplannable {
  readonly kind: 'unplannable';
  readonly message: string;
}

/** Whether a version 1 batches job: the step that makes the runner act as `src batch exec`. */
export function isBatchExec(job: Job): boolean {
  return job.cliSteps.some(
    ({ key, command }) => key === 'batch-exec' || (command[0] === 'batch' && command[1] === 'exec'),
  );
}

interface WantedContainer {
  readonly stepIndex: number;
  readonly image: string;
  /** Shares with nobody, because its environment opens every job of the instance. */
  readonly alone: boolean;
}

export function planTask(job: Job, options: PlanOptions): TaskPlan | Unplannable {
  const batchExec = isBatchExec(job);
  const wanted = batchExec ? batchExecContainers(job) : dockerContainers(job);
  if ('kind' in wanted) return wanted;
  const placed = place(wanted);
  if ('kind' in placed) return placed;
  const names = placed.images.map((_, index) => `step-${index}`);
  const steps = placed.images.map((image, index) =>
    stepContainer(names[index] ?? '', pulledImage(image, options.images), batchExec, batchExec && !asImageUser(job)),
  );
  return {
    kind: 'plan',
    definition: {
      size: options.size,
      architecture: options.architecture,
      volumes: [
        JOB_VOLUME,
        RUNNER_TEMPORARY_VOLUME,
        ...(batchExec ? [REPOSITORY_VOLUME] : []),
        ...names.map(controlVolume),
      ],
      containers: [runnerContainer(names, options, batchExec), ...steps],
      registrySecrets: options.registrySecrets,
    },
    stepContainers: placed.containerOf.map(({ stepIndex, container }) => ({
      stepIndex,
      container: names[container] ?? '',
    })),
  };
}

// The helper's own steps are carried out by the runner itself: it knows `batcheshelper` and how to apply a diff. A key
// alone says nothing: any step may be called so.
function runsInRunner({ key, commands }: DockerStep): boolean {
  if (key === 'apply-diff') return commands.some((line) => /^\s*git apply\s/.test(line));
  return /^step\.\d+\.(pre|post)$/.test(key) && commands.some((line) => /^\s*batcheshelper\s/.test(line));
}

function dockerContainers(job: Job): readonly WantedContainer[] | Unplannable {
  const wanted: WantedContainer[] = [];
  for (const [stepIndex, step] of job.dockerSteps.entries()) {
    if (runsInRunner(step)) continue;
    const problem = imageProblem(step.image, `step ${JSON.stringify(step.key || String(stepIndex))}`);
    if (problem !== undefined) return problem;
    wanted.push({ stepIndex, image: step.image, alone: holdsExecutorToken(step) });
  }
  return wanted;
}

/** Whether this is the one step that Sourcegraph itself gives the executor's token: codeintel's upload. */
export function holdsExecutorToken(step: DockerStep): boolean {
  return step.env.some((variable) => variable.includes('token-executor '));
}

const NamesSchema = z.object({ Name: z.nullish(z.string()), Description: z.nullish(z.string()) });
const BatchInputSchema = z.object({
  BatchChangeAttributes: z.nullish(NamesSchema),
  repository: z.nullish(z.object({ name: z.nullish(z.string()) })),
  steps: z.nullish(z.array(z.looseObject({ container: z.nullish(z.string()), image: z.nullish(z.string()) }))),
});

/** The images of a version 1 batches job stand in the input file that its command names. */
function batchExecContainers(job: Job): readonly WantedContainer[] | Unplannable {
  const input = readBatchInput(job);
  if ('kind' in input) return input;
  const wanted: WantedContainer[] = [];
  for (const [stepIndex, step] of (input.steps ?? []).entries()) {
    const image = resolvedImage(step.container ?? step.image ?? '', input);
    const problem = imageProblem(image, `step ${stepIndex + 1}`);
    if (problem !== undefined) return problem;
    wanted.push({ stepIndex, image, alone: false });
  }
  return wanted;
}

/** A template stays one where it takes what earlier steps leave, or cannot be parsed. */
function resolvedImage(image: string, { repository, BatchChangeAttributes: names }: BatchInput): string {
  if (!containsTemplateAction(image)) return image;
  try {
    const batchChange = { name: names?.Name ?? '', description: names?.Description ?? '' };
    return imageKnownAtStart(image, repository?.name ?? '', batchChange) ?? image;
  } catch (error) {
    if (error instanceof TemplateError) return image;
    throw error;
  }
}

type BatchInput = z.infer<typeof BatchInputSchema>;

function readBatchInput(job: Job): BatchInput | Unplannable {
  const command = job.cliSteps.find(({ command }) => command.includes('-f'))?.command ?? [];
  const path = command[command.indexOf('-f') + 1] ?? 'input.json';
  const unreadable = (why: string): Unplannable => ({
    kind: 'unplannable',
    message: `the batch job's input file ${JSON.stringify(path)} ${why}`,
  });
  const content = job.files[path]?.content;
  if (content === undefined) return unreadable('is not among its files');
  const bytes = inlineContent(job.version, content);
  if (bytes === 'not-base64') return unreadable('is not base64');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return unreadable(`is not JSON: ${error.message}`);
  }
  const parsed = BatchInputSchema.safeParse(json);
  return parsed.success ? parsed.data : unreadable('has no list of steps with images');
}

function imageProblem(image: string, step: string): Unplannable | undefined {
  if (image.includes('${{')) {
    return {
      kind: 'unplannable',
      message: `${step} computes its image (${JSON.stringify(image)}) while the job runs: on Fargate the images of a job must be known before it starts`,
    };
  }
  if (image.trim() === '') return { kind: 'unplannable', message: `${step} names no image` };
  if (image.length > 255) {
    return { kind: 'unplannable', message: `${step} names an image of ${image.length} characters; ECS allows 255` };
  }
  return undefined;
}

interface Placement {
  readonly images: readonly string[];
  /** Index into `images`. */
  readonly containerOf: readonly { readonly stepIndex: number; readonly container: number }[];
}

// A container of its own gives a step the fresh file system that `docker run --rm` gives it elsewhere. Sharing by image
// starts only above nine steps.
function place(wanted: readonly WantedContainer[]): Placement | Unplannable {
  if (wanted.length <= STEP_CONTAINERS_MAX) {
    return {
      images: wanted.map(({ image }) => image),
      containerOf: wanted.map(({ stepIndex }, container) => ({ stepIndex, container })),
    };
  }
  const images: string[] = [];
  const shared = new Map<string, number>();
  const containerOf = wanted.map(({ stepIndex, image, alone }) => {
    const existing = alone ? undefined : shared.get(image);
    if (existing !== undefined) return { stepIndex, container: existing };
    images.push(image);
    if (!alone) shared.set(image, images.length - 1);
    return { stepIndex, container: images.length - 1 };
  });
  if (images.length > STEP_CONTAINERS_MAX) {
    return {
      kind: 'unplannable',
      message: `the job needs ${images.length} images at once and a Fargate task holds ${STEP_CONTAINERS_MAX} beside the runner; the first one too many is ${JSON.stringify(images[STEP_CONTAINERS_MAX])}`,
    };
  }
  return { images, containerOf };
}

/** Reading and cleaning what root and other users' steps wrote; everything else is dropped. */
const RUNNER_DROPS: readonly string[] = [
  'AUDIT_WRITE',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
/** With NET_RAW a root step could sniff the runner, whose network it shares. */
const STEP_DROPS: readonly string[] = ['AUDIT_WRITE', 'MKNOD', 'NET_RAW', 'SETFCAP'];

function runnerContainer(names: readonly string[], options: PlanOptions, batchExec: boolean): ContainerDefinition {
  return {
    name: RUNNER_CONTAINER,
    image: options.runnerImage,
    essential: true,
    ...(options.runnerEntryPoint === undefined ? {} : { entryPoint: options.runnerEntryPoint }),
    environment: {},
    mountPoints: [
      { volume: JOB_VOLUME, containerPath: JOB_PATH },
      { volume: RUNNER_TEMPORARY_VOLUME, containerPath: RUNNER_TEMPORARY_PATH },
      ...(batchExec ? [{ volume: REPOSITORY_VOLUME, containerPath: REPOSITORY_PATH_IN_RUNNER }] : []),
      ...names.map((name) => ({ volume: controlVolume(name), containerPath: controlPathInRunner(name) })),
    ],
    dependsOnStart: [],
    user: '0',
    dropCapabilities: RUNNER_DROPS,
    // A hostile image may win a race for a path in the workspace and lead a write of the step-runner elsewhere: nowhere.
    readOnlyRoot: true,
    // The whole of Spot's warning: the runner flushes its log entries and puts its result.
    stopTimeoutSeconds: 120,
  };
}

/** `src` runs steps as root unless it is told otherwise. */
function asImageUser(job: Job): boolean {
  return job.cliSteps.some(({ command }) => command.some((word) => /^--?run-as-image-user(?:=true)?$/.test(word)));
}

function stepContainer(name: string, image: string, batchExec: boolean, asRoot: boolean): ContainerDefinition {
  return {
    name,
    image,
    essential: false,
    entryPoint: STEP_ENTRY_POINT,
    command: [],
    environment: {},
    mountPoints: [
      { volume: JOB_VOLUME, containerPath: JOB_PATH },
      ...(batchExec ? [{ volume: REPOSITORY_VOLUME, containerPath: REPOSITORY_PATH_IN_STEPS }] : []),
      { volume: controlVolume(name), containerPath: CONTROL_PATH_IN_STEPS },
    ],
    dependsOnStart: [RUNNER_CONTAINER],
    ...(asRoot ? { user: '0' } : {}),
    dropCapabilities: STEP_DROPS,
    stopTimeoutSeconds: 2,
  };
}

/** Names a definition by all that is in it: the same content is the same definition. */
export function definitionHash(definition: TaskDefinition): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 32);
}
