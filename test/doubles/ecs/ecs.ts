// Amazon ECS with Fargate as this project meets it: a core without I/O that takes time, chance and a carrier of tasks.
// HTTP is a skin over it (./http.ts). What AWS refuses it refuses, at AWS's rates, and it fails as a test asks it to.
import * as z from 'zod';
import { Definitions, type Registered } from './definitions.ts';
import { EcsFaults, type CallFault } from './faults.ts';
import { type LaunchClass, Rates } from './rates.ts';
import { RunTaskSchema, runTaskProblem, type RunTask } from './run-task.ts';
import { described, type EcsTask, stateChangeEvent, vcpusOf } from './task.ts';
import { type EcsError, ERRORS, FAILURES } from './texts.ts';
import type { Carrier, EcsWorld, EndedContainer } from './world.ts';

export interface EcsOptions {
  readonly clusterArn: string;
  /** vCPUs at once. @default unbounded */
  readonly vcpuQuota?: number;
  /** From RunTask to the containers' start. */
  readonly provisioningMs: number;
  /** From the containers' end to STOPPED: some 23 to 33 s on AWS. */
  readonly stoppingMs: number;
  /** How fast the region launches. @default fast */
  readonly launches?: LaunchClass;
  /** No call is ever throttled. */
  readonly unthrottled?: boolean;
  /** How long a stopped task is remembered; an hour on AWS. */
  readonly rememberedMs: number;
}

export type Answer =
  { readonly kind: 'answer'; readonly body: object } | { readonly kind: 'error'; readonly error: EcsError };
type Lost = Extract<CallFault, { kind: 'lost' }>;

const answer = (body: object): Answer => ({ kind: 'answer', body });
const refuse = (error: EcsError): Answer => ({ kind: 'error', error });

const TasksSchema = z.looseObject({ cluster: z.string(), tasks: z.array(z.string()).max(100) });
const StopSchema = z.looseObject({ cluster: z.string(), task: z.string(), reason: z.string().max(1024).optional() });
const ListSchema = z.looseObject({
  cluster: z.string(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  maxResults: z.int().min(1).max(100).default(100),
  nextToken: z.string().optional(),
});
const FamiliesSchema = z.looseObject({ familyPrefix: z.string(), status: z.literal('ACTIVE') });
const DeleteSchema = z.looseObject({ taskDefinitions: z.array(z.string()).max(10) });
const DefinitionSchema = z.looseObject({ taskDefinition: z.string() });

export class Ecs {
  readonly faults = new EcsFaults();
  readonly definitions: Definitions;
  readonly tasks = new Map<string, EcsTask>();
  /** Calls by operation, those that were throttled included. */
  readonly calls: string[] = [];
  readonly #world: EcsWorld;
  readonly #options: EcsOptions;
  readonly #carrier: Carrier;
  readonly #rates: Rates;
  readonly #byToken = new Map<string, { readonly input: string; readonly answer: Answer; readonly arns: string[] }>();
  readonly #listeners: ((event: object) => void)[] = [];

  constructor(world: EcsWorld, carrier: Carrier, options: EcsOptions) {
    this.#world = world;
    this.#carrier = carrier;
    this.#options = options;
    this.#rates = new Rates(world.now(), options.launches);
    this.definitions = new Definitions(options.clusterArn.split(':').slice(0, 5).join(':'));
  }

  /** State change events of stopped tasks, as EventBridge's rule delivers them. */
  onStopped(listener: (event: object) => void): void {
    this.#listeners.push(listener);
  }

  /** `lost`: how the answer goes astray. */
  call(operation: string, input: unknown): { readonly answer: Answer; readonly lost?: Lost['how'] } {
    this.calls.push(operation);
    const fault = this.faults.nextCall(operation);
    if (fault?.kind === 'error') return { answer: refuse(fault.error) };
    const allowed = this.#options.unthrottled === true || this.#rates.take(operation, this.#world.now());
    if (!allowed) return { answer: refuse(ERRORS.throttled) };
    const done = this.#carryOut(operation, input, fault);
    return fault?.kind === 'lost' ? { answer: done, lost: fault.how } : { answer: done };
  }

  /** Spot's two-minute warning: the task is told to stop, and stops. */
  interrupt(arn: string): void {
    const task = this.tasks.get(arn);
    if (task !== undefined) this.#stop(task, 'SpotInterruption', 'Your Spot Task was interrupted.');
  }

  #carryOut(operation: string, input: unknown, fault: CallFault | undefined): Answer {
    switch (operation) {
      case 'RegisterTaskDefinition': {
        const registered = this.definitions.register(input, this.#world.now());
        return registered.kind === 'ok' ? answer({ taskDefinition: registered.value }) : refuse(registered.error);
      }
      case 'DescribeTaskDefinition':
        return this.#withDefinition(input, (taskDefinition) => answer({ taskDefinition }));
      case 'DeregisterTaskDefinition':
        return this.#withDefinition(input, (taskDefinition) => {
          taskDefinition.status = 'INACTIVE';
          return answer({ taskDefinition });
        });
      case 'ListTaskDefinitionFamilies':
        return this.#parsed(FamiliesSchema, input, ({ familyPrefix }) =>
          answer({ families: this.definitions.families(familyPrefix) }),
        );
      case 'DeleteTaskDefinitions':
        return this.#parsed(DeleteSchema, input, ({ taskDefinitions }) => this.#deleteDefinitions(taskDefinitions));
      case 'RunTask':
        return this.#parsed(RunTaskSchema, input, (run) => this.#runTask(run, fault));
      case 'StopTask':
        return this.#parsed(StopSchema, input, ({ task, reason }) => this.#stopTask(task, reason));
      case 'DescribeTasks':
        return this.#parsed(TasksSchema, input, ({ tasks }) => this.#describeTasks(tasks));
      case 'ListTasks':
        return this.#parsed(ListSchema, input, (list) => this.#listTasks(list));
      default:
        return refuse({ status: 400, type: 'UnknownOperationException', message: operation });
    }
  }

  #parsed<S extends z.ZodType<object>>(schema: S, input: unknown, act: (value: z.output<S>) => Answer): Answer {
    const parsed = schema.safeParse(input);
    if (!parsed.success) return refuse(ERRORS.invalid(z.prettifyError(parsed.error)));
    if ('cluster' in parsed.data && parsed.data.cluster !== this.#options.clusterArn) {
      return refuse(ERRORS.clusterNotFound);
    }
    return act(parsed.data);
  }

  #withDefinition(input: unknown, act: (definition: Registered) => Answer): Answer {
    return this.#parsed(DefinitionSchema, input, ({ taskDefinition }) => {
      const found = this.definitions.find(taskDefinition);
      return found === undefined ? refuse(ERRORS.cannotDescribeDefinition) : act(found);
    });
  }

  #runTask(run: RunTask, fault: CallFault | undefined): Answer {
    const token = run.clientToken ?? this.#world.hex(32);
    const input = JSON.stringify(run);
    const known = this.#byToken.get(token);
    // A token gives the original answer again, its failures included.
    if (known !== undefined) return known.input === input ? known.answer : refuse(ERRORS.conflict(known.arns));
    const definition = this.definitions.find(run.taskDefinition);
    if (definition === undefined) return refuse(ERRORS.definitionNotFound);
    if (definition.status !== 'ACTIVE') return refuse(ERRORS.definitionInactive);
    const problem = runTaskProblem(run, definition);
    if (problem !== undefined) return refuse(problem);
    const reason = fault?.kind === 'failure' ? fault.reason : this.#quotaProblem(definition);
    const task = reason === undefined ? this.#create(run, definition) : undefined;
    const given = answer({
      tasks: task === undefined ? [] : [described(task)],
      failures: reason === undefined ? [] : [{ reason }],
    });
    this.#byToken.set(token, { input, answer: given, arns: task === undefined ? [] : [task.arn] });
    return given;
  }

  /** Only what is inactive may be deleted; its tasks run on. */
  #deleteDefinitions(arns: readonly string[]): Answer {
    const found = arns.map((arn) => this.definitions.find(arn));
    const inactive = found.filter((one) => one?.status === 'INACTIVE').filter((one) => one !== undefined);
    for (const definition of inactive) definition.status = 'DELETE_IN_PROGRESS';
    return answer({ taskDefinitions: inactive, failures: arns.slice(inactive.length).map((arn) => ({ arn })) });
  }

  #quotaProblem({ cpu }: Registered): string | undefined {
    if (this.#options.vcpuQuota === undefined) return undefined;
    const live = [...this.tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    const used = live.reduce((sum, task) => sum + vcpusOf(task), 0);
    return used + Number(cpu) / 1024 > this.#options.vcpuQuota ? FAILURES.vcpuQuotaTypographic : undefined;
  }

  #create(run: RunTask, definition: Registered): EcsTask {
    const { clusterArn } = this.#options;
    const task: EcsTask = {
      arn: `${clusterArn.replace(':cluster/', ':task/')}/${this.#world.hex(32)}`,
      clusterArn,
      definition,
      startedBy: run.startedBy ?? '',
      capacityProvider: run.capacityProviderStrategy?.[0]?.capacityProvider ?? 'FARGATE',
      overrides: run.overrides,
      createdAt: this.#world.now(),
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      containers: definition.containerDefinitions.map(({ name }) => ({ name })),
      version: 1,
      hiddenReads: this.faults.missingReads,
    };
    this.tasks.set(task.arn, task);
    const failing = this.faults.nextStart();
    this.#world.after(this.#options.provisioningMs, () => {
      if (task.desiredStatus === 'STOPPED') return;
      if (failing === undefined) this.#start(task, run);
      else this.#end(task, failing.containers ?? [], failing.stopCode ?? 'TaskFailedToStart', failing.stoppedReason);
    });
    return task;
  }

  #start(task: EcsTask, run: RunTask): void {
    this.#move(task, 'PENDING');
    const overrides = run.overrides?.containerOverrides ?? [];
    this.#carrier.start({
      arn: task.arn,
      definition: task.definition,
      startedBy: task.startedBy,
      environment: Object.fromEntries(
        overrides.map(({ name, environment = [] }) => [
          name,
          Object.fromEntries(environment.map((variable) => [variable.name, variable.value])),
        ]),
      ),
      running: () => {
        task.startedAt = this.#world.now();
        this.#move(task, 'RUNNING');
      },
      ended: (containers) => this.#containersEnded(task, containers),
    });
  }

  #containersEnded(task: EcsTask, containers: readonly EndedContainer[]): void {
    task.executionStoppedAt = this.#world.now();
    task.containers = containers;
    if (this.faults.stuckMs === 0) this.#move(task, 'DEACTIVATING');
    this.#world.after(this.#options.stoppingMs + this.faults.stuckMs, () =>
      this.#end(task, containers, 'EssentialContainerExited', 'Essential container in task exited'),
    );
  }

  #stop(task: EcsTask, stopCode: string, reason: string): void {
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.stoppingAt = this.#world.now();
    task.stopCode = stopCode;
    task.stoppedReason = reason;
    task.version += 1;
    if (task.lastStatus === 'PROVISIONING') {
      this.#world.after(this.#options.stoppingMs, () => this.#end(task, [], stopCode, reason));
    } else this.#carrier.stop(task.arn);
  }

  #end(task: EcsTask, containers: readonly EndedContainer[], stopCode: string, reason: string): void {
    if (task.lastStatus === 'STOPPED') return;
    task.containers = containers;
    task.desiredStatus = 'STOPPED';
    // A stop that was asked for stays the reason, whatever the containers then did.
    task.stopCode ??= stopCode;
    task.stoppedReason ??= reason;
    task.stoppedAt = this.#world.now();
    this.#move(task, 'STOPPED');
    this.#tell(task);
    this.#world.after(this.#options.rememberedMs, () => this.tasks.delete(task.arn));
  }

  #move(task: EcsTask, status: EcsTask['lastStatus']): void {
    task.lastStatus = status;
    task.version += 1;
  }

  #tell(task: EcsTask): void {
    const fault = this.faults.nextEvent();
    if (fault === 'lost') return;
    const event = stateChangeEvent(task, this.#world.hex(8), this.#world.now());
    const send = (): void => this.#listeners.forEach((listener) => listener(event));
    if (typeof fault === 'object') this.#world.after(fault.delayMs, send);
    else send();
    if (fault === 'twice') send();
  }

  #stopTask(name: string, reason = 'Task stopped by user'): Answer {
    const task = this.tasks.get(name);
    if (task === undefined) return refuse(ERRORS.taskNotFound);
    this.#stop(task, 'UserInitiated', reason);
    return answer({ task: described(task) });
  }

  #describeTasks(arns: readonly string[]): Answer {
    const found: EcsTask[] = [];
    const missing: string[] = [];
    for (const arn of arns) {
      const task = this.tasks.get(arn);
      if (task === undefined || task.hiddenReads > 0) missing.push(arn);
      else found.push(task);
      if (task !== undefined && task.hiddenReads > 0) task.hiddenReads -= 1;
    }
    return answer({
      tasks: found.map(described),
      failures: missing.map((arn) => ({ arn, reason: FAILURES.missing })),
    });
  }

  #listTasks({ desiredStatus, startedBy, maxResults, nextToken }: z.output<typeof ListSchema>): Answer {
    const all = [...this.tasks.values()].filter(
      (task) =>
        task.hiddenReads === 0 &&
        task.desiredStatus === desiredStatus &&
        (startedBy === undefined || task.startedBy === startedBy),
    );
    const from = Number(nextToken ?? 0);
    const page = all.slice(from, from + maxResults).map(({ arn }) => arn);
    const rest = from + maxResults < all.length ? { nextToken: String(from + maxResults) } : {};
    return answer({ taskArns: page, ...rest });
  }
}
