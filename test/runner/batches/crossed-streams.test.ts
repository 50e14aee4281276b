import { describe, expect, test } from '@jest/globals';
import { straightened } from '#runner/batches/crossed-streams.ts';

const REFERENCE = '(exec "../step0.sh" | tee ../stdout0.log) 3>&1 1>&2 2>&3 | tee ../stderr0.log';

describe('the streams of a docker step', () => {
  test.each([
    ['change names for a native run step', 'step.0.run', REFERENCE, 'stderr'],
    ['stay when its command does not cross them', 'step.0.run', '../step0.sh', 'stdout'],
    ['stay for any other step', 'indexer', REFERENCE, 'stdout'],
  ])('%s', (_, key, command, stream) => {
    const told: string[] = [];
    straightened({ key, commands: ['set -e', command] }, (name) => told.push(name))('stdout', new Uint8Array());
    expect(told).toEqual([stream]);
  });
});
