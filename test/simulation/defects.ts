// Mistakes that such a system is known to make, each switched on by a test: a simulation that cannot catch them proves
// nothing. Each is made in the world around the code (a wrapper, a changed rule of the simulated services), never in it.
import type { DispatchOptions } from '#jobs/options.ts';
import type { JobRecord } from '#jobs/record.ts';
import type { ResultMessage, RunningTask, Stored, World } from '#jobs/world.ts';
import type { Payload } from '#jobs/payload.ts';
import type { LogRoutes } from '#runner/log-entries/routes.ts';
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
  /** What completion hears in a message's place; undefined: nothing. */
  readonly hears?: (message: ResultMessage) => ResultMessage | undefined;
  readonly options?: (options: DispatchOptions) => DispatchOptions;
  /** How a step-runner misunderstands Sourcegraph's log routes, and its payload. */
  readonly logRoutes?: (routes: LogRoutes) => LogRoutes;
  readonly payload?: (payload: Payload) => Payload;
  readonly acknowledgesFirst?: true;
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
    name: 'one-token-for-an-attempt',
    sentence: 'a launch that was refused is tried again with its token, which gives the same refusal again',
    menu: { 'ecs-no-capacity': 0.3 },
    caught: /sent again with other parameters/,
    dispatcher: (world) => ({
      ...world,
      tasks: {
        ...world.tasks,
        launch: (request) => world.tasks.launch({ ...request, clientToken: request.attempt }),
      },
    }),
  },
  {
    name: 'a-refused-resend-is-no-task',
    sentence: 'a launch whose definition is gone counts as refused, also when a send before it had no answer',
    menu: { 'ecs-definition-gone': 0.1, 'ecs-lost-answer': 0.4 },
    caught: /two tasks run|lives on/,
    dispatcher: (world) => ({
      ...world,
      tasks: {
        ...world.tasks,
        launch: async (request) => {
          const answer = await world.tasks.launch(request);
          return answer.kind === 'definition-gone' ? { ...answer, kind: 'no-capacity' } : answer;
        },
      },
    }),
  },
  {
    name: 'a-wait-told-in-place',
    sentence: 'what the dispatcher tells of a launch takes the place of an entry of the step-runner',
    menu: { 'ecs-lost-answer': 0.6 },
    caught: /without its first entry/,
    dispatcher: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        logEntry: (job, entry, signal) =>
          world.instance.logEntry(job, entry.key === 'setup.launch' ? { ...entry, entryId: 1 } : entry, signal),
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
    name: 'no-stand-by-of-its-own',
    sentence: 'only the schedule brings a stand-by, so that the first minute after a rest has none',
    menu: { 'dispatcher-crash': 1 },
    caught: /without a heartbeat|was given out again/,
    dispatcher: (world) => ({
      ...world,
      dispatchers: { startStandBy: () => Promise.resolve({ kind: 'rejected', message: 'a seeded defect' }) },
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
    caught: /log entries twice|open entry|the log of step/,
    payload: (payload) => ({ ...payload, attemptNumber: 1, logEntries: 0 }),
    // Nor does it overwrite what it finds.
    logRoutes: (routes) => ({
      ...routes,
      update: (id, entry, signal) =>
        entry.key === 'superseded' ? Promise.resolve({ kind: 'updated' }) : routes.update(id, entry, signal),
    }),
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
    // For Sourcegraph the job goes on, beside one that takes its place.
    caught: /without a heartbeat|was given out again|and the limit is/,
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
  {
    name: 'only-exits-are-ends',
    sentence: 'only a task whose essential container exited counts as ended',
    menu: { 'ecs-start-failure': 0.4 },
    caught: /did not come to rest|AWS never confirmed|lives on/,
    hears: (message) =>
      message.kind === 'task-stopped' && message.stopped.stopCode !== 'EssentialContainerExited' ? undefined : message,
  },
  {
    name: 'counting-not-naming',
    sentence: 'of a heartbeat answer only the number of known jobs is looked at',
    menu: { 'sourcegraph-forgets': 0.02 },
    caught: /without a heartbeat|was given out again|and the limit is/,
    dispatcher: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        heartbeat: async (held, signal) => {
          const answer = await world.instance.heartbeat(held, signal);
          return answer.kind === 'answered' ? { ...answer, known: held.slice(0, answer.known.length) } : answer;
        },
      },
    }),
  },
  {
    name: 'poison-takes-the-dispatcher',
    sentence: 'a job that throws takes its whole dispatcher with it, and the next one meets it again',
    menu: { 'poisonous-job': 0.2 },
    caught: /without a heartbeat/,
    dispatcher: (world) => {
      let dead = false;
      const unlessDead = <T>(call: () => Promise<T>): Promise<T> => (dead ? new Promise<T>(() => {}) : call());
      return {
        ...world,
        payloads: {
          ...world.payloads,
          loadJob: async (key) => {
            try {
              return await world.payloads.loadJob(key);
            } catch (error) {
              dead = true;
              throw error;
            }
          },
        },
        jobs: { ...world.jobs, inFlight: () => unlessDead(() => world.jobs.inFlight()) },
        lease: { ...world.lease, renew: (...place) => unlessDead(() => world.lease.renew(...place)) },
        instance: {
          ...world.instance,
          heartbeat: (...held) => unlessDead(() => world.instance.heartbeat(...held)),
        },
      };
    },
  },
  {
    name: 'mark-by-the-executor',
    sentence: "a mark that the job's own token does not open is made with the executor's",
    menu: { 'dispatcher-crash': 1, 'schedule-stops': 1, 'result-notice-late': 1, 'event-late': 0.5 },
    caught: /by the executor's token/,
    completion: (world) => ({
      ...world,
      instance: {
        ...world.instance,
        mark: async (job, outcome, signal) => {
          const answer = await world.instance.mark(job, outcome, signal);
          if (answer !== 'not-ours') return answer;
          return world.instance.mark({ queue: job.queue, jobId: job.jobId }, outcome, signal);
        },
      },
    }),
  },
  {
    name: 'any-result-counts',
    sentence: 'a result counts for the attempt in whose place it lies, whatever it names',
    menu: { 'result-forged': 0.3 },
    caught: /while its step-runner still runs|without the entry|it must end as/,
    completion: (world) => ({
      ...world,
      payloads: {
        ...world.payloads,
        result: async (attempt) => {
          const result = await world.payloads.result(attempt);
          return typeof result === 'string' ? result : { ...result, attempt };
        },
      },
    }),
  },
  {
    name: 'heartbeats-in-a-row',
    sentence: 'a heartbeat waits for the answer to the one before, however long that takes',
    menu: { 'sourcegraph-hang': 0.4 },
    caught: /without a heartbeat/,
    dispatcher: (world) => {
      let last: Promise<unknown> = Promise.resolve();
      return {
        ...world,
        instance: {
          ...world.instance,
          heartbeat: (held) => {
            const answer = last.then(() => world.instance.heartbeat(held, new AbortController().signal));
            last = answer;
            return answer;
          },
        },
      };
    },
  },
  {
    name: 'only-launched-jobs-are-held',
    sentence: 'heartbeats name jobs from their launch on, and not those that wait for one',
    menu: { 'ecs-no-capacity': 0.6 },
    caught: /without a heartbeat|was given out again/,
    dispatcher: (world) => {
      const launched = new Set<string>();
      return {
        ...world,
        tasks: {
          ...world.tasks,
          launch: async (request) => {
            const answer = await world.tasks.launch(request);
            if (answer.kind === 'started') launched.add(request.attempt.split('/').slice(0, 2).join('/'));
            return answer;
          },
        },
        instance: {
          ...world.instance,
          heartbeat: (held, signal) =>
            world.instance.heartbeat(
              held.filter(({ jobId, queue }) => launched.has(`${queue}/${jobId}`)),
              signal,
            ),
        },
      };
    },
  },
  {
    name: 'every-loss-is-a-machine',
    sentence: 'a task that ended by the fault of the user is launched again',
    menu: { 'ecs-image-missing': 0.2 },
    caught: /the failure before was the user's own/,
    hears: (message) =>
      message.kind === 'task-stopped' ? { ...message, stopped: { ...message.stopped, stoppedReason: '' } } : message,
  },
  {
    name: 'relaunch-without-end',
    sentence: 'lost attempts are not counted',
    menu: { 'runner-crash': 1 },
    caught: /attempts are allowed/,
    options: (options) => ({ ...options, relaunchLimit: Infinity }),
  },
  {
    name: 'quota-ignored',
    sentence: 'jobs are taken beyond the vCPU quota',
    menu: { 'ecs-quota': 1 },
    caught: /and the quota is/,
    options: (options) => ({ ...options, vcpuLimit: Infinity }),
  },
  {
    name: 'unknown-fields-dropped',
    sentence: 'a record is written back without what newer code had put into it',
    menu: { 'next-version': 1 },
    caught: /was lost by older code/,
    dispatcher: (world) => ({
      ...world,
      jobs: {
        ...world.jobs,
        inFlight: async () => {
          const read = await world.jobs.inFlight();
          return { ...read, records: read.records.map(withoutNewField) };
        },
      },
    }),
  },
  {
    name: 'unreadable-is-absent',
    sentence: 'a record that cannot be read is taken for none',
    menu: { 'too-new-records': 1 },
    caught: /without a heartbeat|was given out again|steps are good|and the limit is/,
    dispatcher: (world) => ({
      ...world,
      jobs: { ...world.jobs, inFlight: async () => ({ ...(await world.jobs.inFlight()), unreadable: [] }) },
    }),
  },
  {
    name: 'objects-left',
    sentence: 'payloads and results stay when their job has ended',
    menu: {},
    caught: /payloads are left/,
    completion: (world) => ({ ...world, payloads: { ...world.payloads, remove: () => Promise.resolve() } }),
  },
  {
    name: 'missing-is-lost',
    sentence: 'a task that ECS does not show at once is taken for lost',
    menu: { 'ecs-not-visible': 0.8 },
    caught: /two tasks run|lives on|step-runner still runs/,
    dispatcher: (world) => {
      const attempts = new Map<string, string>();
      return {
        ...world,
        tasks: {
          ...world.tasks,
          launch: async (request) => {
            const answer = await world.tasks.launch(request);
            if (answer.kind === 'started') attempts.set(answer.task, request.attempt);
            return answer;
          },
          describe: async (tasks) => {
            const answer = await world.tasks.describe(tasks);
            if (answer.kind !== 'described') return answer;
            const shown = new Set(answer.tasks.map(({ task }) => task));
            const missing = tasks.filter((task) => !shown.has(task)).map((task) => lostTask(task, attempts.get(task)));
            return { kind: 'described', tasks: [...answer.tasks, ...missing] };
          },
        },
      };
    },
  },
  {
    name: 'log-not-awaited',
    sentence: 'the step-runner does not wait until its log entries are accepted',
    menu: { 'sourcegraph-slow': 0.3 },
    caught: /without the entry|open entry|the log of step|without its first entry/,
    logRoutes: (routes) => {
      let count = 0;
      const forget = <T>(sent: Promise<unknown>, answer: T): Promise<T> => {
        void sent;
        return Promise.resolve(answer);
      };
      return {
        add: (entry, signal) => forget(routes.add(entry, signal), { kind: 'added', entryId: ++count }),
        update: (id, entry, signal) => forget(routes.update(id, entry, signal), { kind: 'updated' }),
      };
    },
  },
];

function withoutNewField({ record, seen }: Stored): Stored {
  const known = Object.entries(record).filter(([name]) => !name.startsWith('addedBy'));
  return { record: Object.fromEntries(known) as JobRecord, seen };
}

function lostTask(task: string, attempt = ''): RunningTask {
  const stopped = { task, attempt, stoppedReason: 'gone', containers: [], version: 0, stoppedAt: 0, spot: false };
  return { task, startedBy: attempt, status: 'STOPPED', stopped };
}
