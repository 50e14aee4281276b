// Mistakes that such a system is known to make, each switched on by a test: a simulation that cannot catch them proves
// nothing. Each is made in the world around the code (a wrapper, a changed rule of the simulated services), never in it.
import type { World } from '#jobs/world.ts';
import type { Menu } from './faults.ts';
import type { Kernel } from './kernel.ts';

export interface Defect {
  readonly name: string;
  readonly sentence: string;
  /** Faults under which it shows. */
  readonly menu: Menu;
  /** What the violation says. */
  readonly caught: RegExp;
  readonly dispatcher?: (world: World, kernel: Kernel) => World;
  readonly completion?: (world: World, kernel: Kernel) => World;
  readonly acknowledgesFirst?: true;
  readonly addsAlways?: true;
  readonly spotWarningIsStop?: true;
}

export const DEFECTS: readonly Defect[] = [
  {
    name: 'no-client-token',
    sentence: 'RunTask without a client token of ours',
    menu: { 'ecs-lost-answer': 0.3 },
    caught: /two tasks run|lives on/,
    dispatcher: (world, kernel) => ({
      ...world,
      tasks: {
        ...world.tasks,
        launch: (request) => world.tasks.launch({ ...request, clientToken: kernel.id() }),
      },
    }),
  },
  {
    name: 'new-url-in-a-resent-launch',
    sentence: 'the request is built anew before it is sent again',
    menu: { 'ecs-lost-answer': 0.3 },
    caught: /sent again with other parameters/,
    dispatcher: (world, kernel) => ({
      ...world,
      tasks: {
        ...world.tasks,
        launch: (request) => world.tasks.launch({ ...request, payloadUrl: `${request.payloadUrl}?${kernel.id()}` }),
      },
    }),
  },
  {
    name: 'lost-events-ignored',
    sentence: 'nobody looks for tasks whose stopped event was lost',
    menu: { 'event-lost': 0.5, 'runner-crash': 0.3 },
    caught: /did not come to rest|its steps are good/,
    dispatcher: (world) => ({
      ...world,
      tasks: {
        ...world.tasks,
        describe: () => Promise.resolve({ kind: 'described', tasks: [] }),
      },
      results: {
        send: (message) => (message.kind === 'task-stopped' ? Promise.resolve('sent') : world.results.send(message)),
      },
    }),
  },
  {
    name: 'heartbeat-behind-launches',
    sentence: 'heartbeats wait for launches under way',
    menu: { 'ecs-lost-answer': 0.9 },
    caught: /without a heartbeat/,
    dispatcher: (world) => {
      let launching: Promise<unknown> = Promise.resolve();
      return {
        ...world,
        tasks: {
          ...world.tasks,
          launch: (request) => {
            const answer = launching.then(() => world.tasks.launch(request));
            launching = answer;
            return answer;
          },
        },
        instance: {
          ...world.instance,
          heartbeat: async (held, signal) => {
            await launching;
            return world.instance.heartbeat(held, signal);
          },
        },
      };
    },
  },
  {
    name: 'lease-without-end',
    sentence: 'a lease that never lapses',
    menu: { 'dispatcher-crash': 1 },
    caught: /without a heartbeat/,
    dispatcher: (world) => ({
      ...world,
      lease: {
        ...world.lease,
        arrive: (me, _ttl, now) => world.lease.arrive(me, 3_600_000, now),
        renew: (me, _ttl, ready, now) => world.lease.renew(me, 3_600_000, ready, now),
      },
    }),
  },
  {
    name: 'no-stand-by',
    sentence: 'an invocation that finds a holder goes home',
    menu: { 'dispatcher-crash': 1 },
    caught: /without a heartbeat/,
    dispatcher: (world) => ({
      ...world,
      lease: {
        ...world.lease,
        arrive: async (me, ttl, now) => {
          const role = await world.lease.arrive(me, ttl, now);
          if (role === 'holder') return role;
          await world.lease.leave(me);
          return 'leave';
        },
      },
    }),
  },
  {
    name: 'acknowledged-first',
    sentence: 'messages are acknowledged before the outcome is stored, and lost results are nobody’s business',
    menu: { 'completion-crash': 0.9 },
    caught: /did not come to rest|its steps are good/,
    acknowledgesFirst: true,
    dispatcher: (world) => ({
      ...world,
      results: {
        send: (message) => (message.kind === 'task-stopped' ? Promise.resolve('sent') : world.results.send(message)),
      },
    }),
  },
  {
    name: 'relaunch-before-stopped',
    sentence: 'the Spot warning is taken for the end of the task',
    menu: { 'ecs-spot-loss': 0.5 },
    caught: /two tasks run|while its step-runner still runs|log entries twice/,
    spotWarningIsStop: true,
  },
  {
    name: 'log-entries-left',
    sentence: 'a second attempt adds its log entries beside those of the first',
    menu: { 'ecs-host-loss': 0.5 },
    caught: /log entries twice|open entry/,
    addsAlways: true,
  },
  {
    name: 'no-reservation',
    sentence: 'room is not reserved before the dequeue',
    menu: { 'sourcegraph-slow': 0.3 },
    caught: /and the limit is/,
    dispatcher: (world) => ({
      ...world,
      jobs: {
        ...world.jobs,
        reserve: (_wanted, limit, until, now) => world.jobs.reserve(20, limit + 20, until, now),
      },
    }),
  },
  {
    name: 'failed-heartbeat-is-an-answer',
    sentence: 'a heartbeat that failed makes all jobs unknown',
    menu: { 'sourcegraph-lost-request': 0.1 },
    // The jobs that it drops are the instance's still, and it takes others in their place.
    caught: /without a heartbeat|was given out again|and the limit is/,
    dispatcher: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        heartbeat: async (held, signal) => {
          const answer = await world.instance.heartbeat(held, signal);
          return answer.kind === 'unreachable' ? { kind: 'answered', known: [], cancel: [] } : answer;
        },
      },
    }),
  },
  {
    name: 'unanswered-mark-is-done',
    sentence: 'a mark without an answer counts as accepted',
    menu: { 'sourcegraph-lost-request': 0.2 },
    caught: /without a heartbeat|was given out again/,
    completion: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        mark: async (job, outcome, signal) => {
          const answer = await world.instance.mark(job, outcome, signal);
          return answer === 'marked' || answer === 'not-ours' ? answer : 'marked';
        },
      },
    }),
  },
  {
    name: 'stop-not-sent',
    sentence: 'StopTask is never sent',
    menu: {},
    caught: /past its deadline|is not stopped|did not come to rest|lives on/,
    dispatcher: (world) => ({ ...world, tasks: { ...world.tasks, stop: () => Promise.resolve('stopping') } }),
  },
  {
    name: 'cancel-ignored',
    sentence: 'cancelIds are not read',
    menu: {},
    caught: /is not stopped/,
    dispatcher: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        heartbeat: async (held, signal) => {
          const answer = await world.instance.heartbeat(held, signal);
          return answer.kind === 'answered' ? { ...answer, cancel: [] } : answer;
        },
      },
    }),
  },
  {
    name: 'every-result-is-success',
    sentence: 'any result is taken for a completed job',
    menu: {},
    caught: /marked complete/,
    completion: (world) => ({
      ...world,
      payloads: {
        ...world.payloads,
        result: async (attempt) => {
          const result = await world.payloads.result(attempt);
          return typeof result === 'string' ? result : { ...result, outcome: { kind: 'completed' } };
        },
      },
    }),
  },
];
