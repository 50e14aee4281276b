// Filling the disk that the volumes of a task share: with them, on Docker, that of every other task.
import { type Attack, BUSYBOX, then } from '../attack.ts';

const VOLUMES_MIB = 24;
const fill = (file: string): string => `dd if=/dev/zero of=${file} bs=1M count=100`;
const FILL = fill('/job/big');
const NO_SPACE = /no space left on device/i;
/** More than what the end of a step gives back. */
const LARGE = 'x'.repeat(100_000);
/** The script of the step that follows must be written anew, and there is no room for it. */
const FILL_AND_END_WELL = `rm -f /job/.sourcegraph-executor/*; ${FILL}; exit 0`;

export const FILLING: readonly Attack[] = [
  {
    name: 'fill the volume',
    end: 'harmless',
    volumesMiB: VOLUMES_MIB,
    // The step itself is told, and ends as it wants to.
    steps: then(`why=$(${FILL} 2>&1); s=$?; echo "ended with $s: $why"; exit $s`, 'echo went on'),
    state: 'errored',
    says: /exit code 1/,
    shows: [/ended with 1: [^]*No space left on device/],
    hides: /stdout: went on/,
  },
  {
    name: 'fill the volume so that the next script has no room',
    end: 'harmless',
    volumesMiB: VOLUMES_MIB,
    steps: then(FILL_AND_END_WELL, `# ${LARGE}\necho went on`),
    state: 'errored',
    says: NO_SPACE,
    hides: /stdout: went on/,
  },
  {
    name: "fill the volumes by the container's control volume, so that the next step's own has no room",
    end: 'harmless',
    volumesMiB: VOLUMES_MIB,
    steps: () => [
      { image: BUSYBOX, commands: [`${fill('/control/big')}; exit 0`] },
      { image: BUSYBOX, commands: ['echo went on'], env: [`LARGE=${LARGE}`] },
    ],
    state: 'errored',
    says: NO_SPACE,
    hides: /stdout: went on/,
  },
  {
    name: 'fill the volume so that the diff of a batch change cannot be made',
    end: 'harmless',
    batches: true,
    volumesMiB: VOLUMES_MIB,
    steps: then(
      `head -c 65536 /dev/zero > /job/spare; head -c 4000000 /dev/urandom > change; ${FILL} 2>/dev/null; rm /job/spare; exit 0`,
      'echo went on',
    ),
    state: 'errored',
    says: /step\.0\.post.*exit code 1/,
    hides: /stdout: went on/,
    // The programs of a batch change tell their own log entry, and the job its key.
    also: ({ logs }) =>
      logs.some(({ key, out }) => key === 'step.docker.step.0.post' && NO_SPACE.test(out))
        ? []
        : [`its log does not say why: ${JSON.stringify(logs.slice(-2))}`],
  },
];
