// Sourcegraph's answers to the calls about one job: lost, broken, late, refused. Each is got over, and nothing is lost or
// told twice.
import { stepJob } from '../world/jobs.ts';
import { FAULT_NAMES, type FaultName, type Route } from '../world/faults.ts';
import type { Row } from './row.ts';

const ROUTES = ['add', 'update', 'mark'] as const satisfies readonly Route[];
/** Those that once told bugs, and one of each kind; the others are tried in the slow run. */
const QUICK: Readonly<Record<(typeof ROUTES)[number], readonly FaultName[]>> = {
  add: ['HTTP 429 with Retry-After', 'an answer lost after it took effect', 'bytes that are no JSON'],
  update: ['HTTP 502 with an HTML page', 'a connection reset', 'the request delivered twice'],
  mark: ['HTTP 500', 'an answer lost after it took effect', 'a truncated answer', 'the request delivered twice'],
};

const row = (route: Route, fault: FaultName, times: number, slow: boolean): Row => ({
  name: `${route}: ${fault}${times === 1 ? '' : `, ${times} times`}`,
  job: () => stepJob([`set +x; echo one; sleep ${slow ? 2 : 0.7}; echo two`]),
  faults: [{ route, fault, times }],
  state: 'completed',
  log: /^(stderr: .*\n)*stdout: one\n(stderr: .*\n)*stdout: two\n(stderr: .*\n)*$/,
  slow,
});

/** Broken jobs: what was dequeued must be ended with its reason, at once. */
const UNREADABLE: readonly Row[] = (
  [
    ['steps that are no list', { dockerSteps: 'all of them' }],
    ['a step that is no object', { dockerSteps: ['echo'] }],
    ['commands that are numbers', { dockerSteps: [{ key: 'test', image: 'a', dir: '', commands: [1, 2] }] }],
    ['files that are a list', { files: [1] }],
    ['a commit that is a number', { commit: 7 }],
    ['a version of the future', { version: 99 }],
  ] as const
).map(([name, fields]) => ({
  name: `a job with ${name}`,
  job: () => stepJob(['true'], fields),
  state: 'failed',
  message: /cannot read the job/,
}));

export const ANSWERS: readonly Row[] = [
  ...ROUTES.flatMap((route) => FAULT_NAMES.map((fault) => row(route, fault, 1, !QUICK[route].includes(fault)))),
  ...ROUTES.map((route) => row(route, 'HTTP 500', 4, true)),
  ...UNREADABLE,
  {
    name: 'a job with unknown fields and nulls',
    job: () =>
      stepJob(['echo known'], {
        futureField: { a: [1] },
        sparseCheckout: null,
        cliSteps: null,
        dockerAuthConfig: null,
        repositoryDirectory: '',
      }),
    state: 'completed',
    log: 'stdout: known\n',
  },
];
