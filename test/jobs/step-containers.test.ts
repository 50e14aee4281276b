import { describe, expect, test } from '@jest/globals';
import { definitionHash, planTask, type PlanOptions, type TaskPlan } from '#jobs/step-containers.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import { type Job, JobSchema } from '#sourcegraph/job.ts';

const OPTIONS: PlanOptions = {
  runnerImage: 'runner:1',
  size: { cpuUnits: 1024, memoryMiB: 2048, ephemeralStorageGiB: 21 },
  architecture: 'X86_64',
  images: {},
  registrySecrets: {},
};

const job = (fields: object): Job => JobSchema.parse({ version: 2, id: 1, token: 'secret-token', ...fields });
const docker = (...steps: readonly (readonly [key: string, image: string, env?: readonly string[]])[]): Job =>
  job({
    dockerSteps: steps.map(([key, image, env]) => ({ key, image, env: env ?? [], commands: ['echo secret-command'] })),
  });
const plan = (wanted: Job, options = OPTIONS): TaskPlan => {
  const answer = planTask(wanted, options);
  if (answer.kind !== 'plan') throw new Error(answer.message);
  return answer;
};
const images = ({ definition }: TaskPlan): readonly string[] =>
  definition.containers.filter(({ name }) => name !== RUNNER_CONTAINER).map(({ image }) => image);
const refusal = (wanted: Job): string => {
  const answer = planTask(wanted, OPTIONS);
  return answer.kind === 'plan' ? 'planned' : answer.message;
};

describe('docker steps', () => {
  test('each step has a container of its own, also of the same image', () => {
    const made = plan(docker(['indexer', 'go:1'], ['post', 'go:1'], ['upload', 'src-cli:7']));
    expect(images(made)).toEqual(['go:1', 'go:1', 'src-cli:7']);
    expect(made.stepContainers).toEqual([
      { container: 'step-0', stepIndex: 0 },
      { container: 'step-1', stepIndex: 1 },
      { container: 'step-2', stepIndex: 2 },
    ]);
  });

  test('helper steps of native batches run in the runner: no image to pull', () => {
    const helper = (key: string, command: string): object => ({ key, image: 'helper', commands: [command] });
    const made = plan(
      job({
        dockerSteps: [
          helper('apply-diff', 'git apply -p0 ../state.diff'),
          helper('step.0.pre', 'batcheshelper pre 0'),
          { key: 'step.0.run', image: 'alpine:3' },
          helper('step.0.post', 'batcheshelper post 0'),
          helper('step.1.pre', 'batcheshelper pre 1'),
          { key: 'step.1.run', image: 'node:24' },
          helper('step.1.post', 'batcheshelper post 1'),
        ],
      }),
    );
    expect(images(made)).toEqual(['alpine:3', 'node:24']);
    expect(made.stepContainers.map(({ stepIndex }) => stepIndex)).toEqual([2, 5]);
  });

  test('a key alone makes no helper step', () => {
    const made = plan(
      job({ dockerSteps: [{ key: 'step.0.pre', image: 'alpine:3', commands: ['echo "{}" > skip.json'] }] }),
    );
    expect(images(made)).toEqual(['alpine:3']);
  });

  test('above nine steps, steps of one image share', () => {
    const made = plan(docker(...Array.from({ length: 12 }, (_, i) => [`s${i}`, `image-${i % 3}`] as const)));
    expect(images(made)).toEqual(['image-0', 'image-1', 'image-2']);
    expect(made.stepContainers[11]).toEqual({ container: 'step-2', stepIndex: 11 });
  });

  test('never with a step that holds the executor token', () => {
    const steps = Array.from({ length: 9 }, (_, i) => [`s${i}`, 'src-cli:7'] as const);
    const made = plan(docker(...steps, ['upload', 'src-cli:7', ['SRC_HEADER_AUTHORIZATION=token-executor hunter2']]));
    expect(images(made)).toEqual(['src-cli:7', 'src-cli:7']);
    expect(made.stepContainers.filter(({ container }) => container === 'step-1')).toEqual([
      { container: 'step-1', stepIndex: 9 },
    ]);
  });

  test('no steps: the runner alone', () => {
    expect(plan(docker()).definition.containers.map(({ name }) => name)).toEqual([RUNNER_CONTAINER]);
  });
});

describe('version 1 batches', () => {
  const NAMES = { BatchChangeAttributes: { Name: 'fix' }, repository: { id: 'r', name: 'github.com/a/b' } };
  const input = (steps: readonly object[] | null): Job =>
    job({
      files: { 'input.json': { content: Buffer.from(JSON.stringify({ ...NAMES, steps })).toString('base64') } },
      cliSteps: [{ key: 'batch-exec', command: ['batch', 'exec', '-f', 'input.json', '-repo', 'repository'] }],
    });

  test('images come out of the input file; steps see the repository at /work, as root', () => {
    const made = plan(
      input([
        { run: 'x', container: 'alpine:3' },
        { run: 'y', image: 'node:24' },
      ]),
    );
    expect(images(made)).toEqual(['alpine:3', 'node:24']);
    const [runner, step] = made.definition.containers;
    expect(runner?.mountPoints).toContainEqual({ volume: 'repository', containerPath: '/job/repository' });
    expect(step).toMatchObject({
      user: '0',
      mountPoints: expect.arrayContaining([{ volume: 'repository', containerPath: '/work' }]),
    });
  });

  test('src may be told to leave steps the user of their image', () => {
    const asked = input([{ container: 'alpine:3' }]);
    const cliSteps = asked.cliSteps.map((step) => ({ ...step, command: [...step.command, '-run-as-image-user'] }));
    expect(plan({ ...asked, cliSteps }).definition.containers[1]).not.toHaveProperty('user');
  });

  test('an image made of what is known before the job starts', () => {
    const made = plan(
      input([
        { container: '${{ join (split "node@24" "@") ":" }}' },
        { container: 'registry/${{ replace repository.name "/" "-" }}:${{ batch_change.name }}' },
      ]),
    );
    expect(images(made)).toEqual(['node:24', 'registry/github.com-a-b:fix']);
  });

  test.each([
    [
      'an image that is computed while the job runs',
      input([{ container: 'x:${{ outputs.tag }}' }]),
      /step 1 computes its image \("x:\$\{\{ outputs\.tag \}\}"\)/,
    ],
    ['a step without an image', input([{ container: 'a' }, { run: 'x' }]), /step 2 names no image/],
    [
      'no input file',
      job({ cliSteps: [{ key: 'batch-exec', command: ['batch', 'exec', '-f', 'input.json'] }] }),
      /"input\.json" is not among its files/,
    ],
    [
      'no JSON',
      job({
        files: { 'input.json': { content: 'e30=e' } },
        cliSteps: [{ key: 'batch-exec', command: ['batch', 'exec', '-f', 'input.json'] }],
      }),
      /not base64/,
    ],
    [
      'steps that are no list',
      job({
        files: { 'input.json': { content: Buffer.from('{"steps":{}}').toString('base64') } },
        cliSteps: [{ key: 'batch-exec', command: ['-f', 'input.json'] }],
      }),
      /no list of steps/,
    ],
  ])('%s is refused with a sentence', (_title, wanted, text) => {
    expect(refusal(wanted)).toMatch(text);
  });

  test('no steps at all is the runner’s to refuse, as src does', () => {
    expect(images(plan(input(null)))).toEqual([]);
  });
});

describe('limits', () => {
  test('more than nine images: the message names the first one too many, and the limit', () => {
    const text = refusal(docker(...Array.from({ length: 11 }, (_, i) => [`s${i}`, `image-${i}`] as const)));
    expect(text).toContain('11 images');
    expect(text).toContain('holds 9');
    expect(text).toContain('"image-9"');
  });

  test('nine images and the runner are ten containers', () => {
    const made = plan(docker(...Array.from({ length: 9 }, (_, i) => [`s${i}`, `image-${i}`] as const)));
    expect(made.definition.containers).toHaveLength(10);
  });

  test('an image name that ECS does not take', () => {
    expect(refusal(docker(['s', 'x'.repeat(256)]))).toMatch(/256 characters; ECS allows 255/);
  });
});

describe('the definition', () => {
  test('holds nothing of the job but images and kind, so that like jobs share it', () => {
    const one = docker(['a', 'alpine:3', ['SECRET=hunter2']]);
    const other = job({
      ...one,
      id: 2,
      token: 'another',
      dockerSteps: [{ key: 'b', image: 'alpine:3', commands: ['ls'] }],
    });
    expect(definitionHash(plan(one).definition)).toBe(definitionHash(plan(other).definition));
    expect(JSON.stringify(plan(one).definition)).not.toMatch(/hunter2|secret/);
  });

  test('another image, kind or size is another definition', () => {
    const hashes = [
      plan(docker(['a', 'alpine:3'])),
      plan(docker(['a', 'alpine:4'])),
      plan(docker(['a', 'alpine:3']), { ...OPTIONS, size: { ...OPTIONS.size, memoryMiB: 4096 } }),
    ].map(({ definition }) => definitionHash(definition));
    expect(new Set(hashes).size).toBe(3);
  });

  test('one essential container; each step shares its control volume with the runner alone', () => {
    const { definition } = plan(docker(['a', 'x'], ['b', 'y']));
    expect(definition.containers.filter(({ essential }) => essential).map(({ name }) => name)).toEqual([
      RUNNER_CONTAINER,
    ]);
    const users = (volume: string) =>
      definition.containers
        .filter(({ mountPoints }) => mountPoints.some((mount) => mount.volume === volume))
        .map(({ name }) => name);
    expect(users('control-step-0')).toEqual([RUNNER_CONTAINER, 'step-0']);
    expect(users('control-step-1')).toEqual([RUNNER_CONTAINER, 'step-1']);
    expect(users('job')).toHaveLength(3);
  });

  test('steps may not open raw sockets, and nobody becomes another user', () => {
    const { definition } = plan(docker(['a', 'x']));
    const [runner, step] = definition.containers;
    expect(step?.dropCapabilities).toContain('NET_RAW');
    expect(runner?.dropCapabilities).toEqual(expect.arrayContaining(['SETUID', 'SETGID', 'NET_RAW']));
    expect(runner?.dropCapabilities).not.toContain('DAC_OVERRIDE');
  });

  test('official images are pulled from where they are not counted', () => {
    const options = { ...OPTIONS, images: { officialImages: 'public.ecr.aws/docker/library' } };
    expect(images(plan(docker(['a', 'alpine:3'], ['b', 'sourcegraph/src-cli:7']), options))).toEqual([
      'public.ecr.aws/docker/library/alpine:3',
      'sourcegraph/src-cli:7',
    ]);
  });
});
