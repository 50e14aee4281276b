// What a step's output costs on its way to Sourcegraph, where each update carries the whole text again, and how soon its
// first line is seen.
import { outputOf, stepJob } from '#test/program/world/jobs.ts';
import { finished, World } from '#test/program/world/world.ts';
import type { Measure } from './measure.ts';

const KEY = 'step.docker.test';
const SECONDS = 20;
const BYTES_A_SECOND = 1_000_000;
const FACTOR_MAX = 3;
const BYTES_A_SECOND_MORE = 64 * 1024;
const FIRST_LINE_MS_MAX = 1_000;

const PRINTER = [
  'set +x',
  'echo "first line"',
  'i=0',
  `while [ $i -lt ${SECONDS * 5} ]; do head -c ${BYTES_A_SECOND / 5} /dev/zero | tr '\\0' x | fold -w 99; echo; sleep 0.2; i=$((i+1)); done`,
];

export async function logBytes(): Promise<readonly Measure[]> {
  const world = new World({ queues: ['bench'] });
  try {
    await world.instance.start();
    let firstLineMs: number | undefined;
    world.instance.rules.onChange((job) => {
      const entry = job.logs.find(({ key }) => key === KEY);
      if (entry?.out.includes('stdout: first line') === true) firstLineMs ??= Date.now() - Date.parse(entry.startTime);
    });
    const program = world.program({ queues: ['bench'], jobs: 1 });
    const job = world.instance.enqueue('bench', stepJob(PRINTER));
    await finished(job, 180_000);
    await program.stop();
    const finalBytes = Buffer.byteLength(JSON.stringify(outputOf(job, KEY)));
    const seconds = (job.logs.find(({ key }) => key === KEY)?.durationMs ?? 0) / 1000;
    const most = FACTOR_MAX * finalBytes + BYTES_A_SECOND_MORE * seconds;
    const sent = world.instance.logBytes;
    return [
      {
        name: `log bytes for ${(finalBytes / 1e6).toFixed(0)} MB over ${seconds.toFixed(0)} s`,
        value: `${(sent / 1e6).toFixed(1)} MB (${(sent / finalBytes).toFixed(2)}x)`,
        goal: { text: `<= ${(most / 1e6).toFixed(1)} MB`, met: job.state === 'completed' && sent <= most },
      },
      {
        name: 'first line visible',
        value: `${(firstLineMs ?? NaN).toFixed(0)} ms`,
        goal: {
          text: `<= ${FIRST_LINE_MS_MAX} ms`,
          met: firstLineMs !== undefined && firstLineMs <= FIRST_LINE_MS_MAX,
        },
      },
    ];
  } finally {
    await world.close();
  }
}
