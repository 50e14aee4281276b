// What a task's processes see of this program's environment.
import { expect, test } from '@jest/globals';
import { cleanEnvironment } from '#local/engines/process/clean-environment.ts';

test('names and language, and no setting', () => {
  expect(
    cleanEnvironment({ PATH: '/bin', USER: 'me', LANG: 'C', HOME: '/me', EXECUTOR_FRONTEND_PASSWORD: 'x' }),
  ).toEqual({ PATH: '/bin', USER: 'me', LANG: 'C' });
  expect(cleanEnvironment({}).PATH).toContain('/usr/bin');
});

test('the folders that npm puts before PATH are not the machine’s', () => {
  const ofNpm = '/project/node_modules/.bin:/node_modules/.bin:/npm/run-script/lib/node-gyp-bin';
  expect(cleanEnvironment({ PATH: `${ofNpm}:/mine/node_modules/.bin:/bin` }).PATH).toBe('/mine/node_modules/.bin:/bin');
  expect(cleanEnvironment({ PATH: `/mine:${ofNpm}:/bin` }).PATH).toBe(`/mine:${ofNpm}:/bin`);
});
