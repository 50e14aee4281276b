// One batch spec's run on the sandbox: its jobs queued, their progress shown, their outcomes collected.
import type { BatchSpec } from '#batches/spec/types.ts';
import { batchesJob } from '#local/sandbox/batches-job.ts';
import { isFinished, type SandboxJob } from '#local/sandbox/jobs.ts';
import type { PlannedWorkspace } from '#local/sandbox/plan.ts';
import type { Sandbox } from '#local/sandbox/sandbox.ts';
import type { StepCache } from '#local/sandbox/step-cache.ts';
import { cacheEntries } from '#local/sandbox/step-results.ts';
import type { WorkspaceFiles } from '#local/sandbox/workspace-files.ts';
import { outcomeOfJob, outcomeOfResult } from '#local/sandbox/workspace-outcome.ts';
import { Progress } from './progress.ts';
import type { WorkspaceReport } from './report.ts';

export interface BatchRunOptions {
  readonly sandbox: Sandbox;
  readonly workspaces: readonly PlannedWorkspace[];
  readonly spec: BatchSpec;
  readonly cache: StepCache;
  readonly execution: 'native' | 'v1';
  readonly secrets: Readonly<Record<string, string>>;
  readonly workspaceFiles: WorkspaceFiles;
  readonly quiet: boolean;
  readonly output: NodeJS.WriteStream;
}

export class BatchRun {
  private readonly options: BatchRunOptions;
  private readonly jobs = new Map<SandboxJob, PlannedWorkspace>();
  private readonly progress: Progress;

  /** Queues one job a workspace; those whose last step is cached need none. */
  constructor(options: BatchRunOptions) {
    this.options = options;
    this.progress = new Progress({
      write: (text) => void options.output.write(text),
      terminal: options.output.isTTY,
      columns: () => options.output.columns,
      quiet: options.quiet,
      label: (job) => this.jobs.get(job)?.label ?? String(job.id),
    });
    for (const workspace of options.workspaces) {
      if (workspace.finished !== undefined) continue;
      this.jobs.set(options.sandbox.rules.enqueue('batches', batchesJob(workspace.input, options)), workspace);
    }
  }

  /** Jobs that were queued. */
  get count(): number {
    return this.jobs.size;
  }

  cancel(): void {
    this.progress.end();
    for (const job of this.jobs.keys()) this.options.sandbox.rules.cancel(job.queue, job.id);
  }

  /** Resolves when every job has ended and its results are cached; in the order of the workspaces. */
  async finished(): Promise<readonly WorkspaceReport[]> {
    await this.allDone();
    this.progress.end();
    const jobOf = new Map([...this.jobs].map(([job, workspace]) => [workspace, job]));
    // A failed job's finished steps are cached too: that is what makes the next try cheap.
    for (const job of this.jobs.keys())
      for (const entry of cacheEntries(job.logs)) await this.options.cache.store(entry);
    return this.options.workspaces.map((workspace) => this.report(workspace, jobOf.get(workspace)));
  }

  private report(workspace: PlannedWorkspace, job: SandboxJob | undefined): WorkspaceReport {
    const of = { spec: this.options.spec, repository: workspace.changesetRepository, path: workspace.input.path };
    const common = { repository: workspace.input.repository.name, path: workspace.input.path, label: workspace.label };
    if (job === undefined) {
      const outcome =
        workspace.finished === undefined
          ? { kind: 'failed' as const, message: 'never ran' }
          : outcomeOfResult(workspace.finished, of);
      return { ...common, outcome, cached: true };
    }
    return {
      ...common,
      outcome: outcomeOfJob(job, of),
      cached: false,
      ...(job.startedAt !== undefined && job.finishedAt !== undefined
        ? { durationMs: job.finishedAt - job.startedAt }
        : {}),
    };
  }

  private allDone(): Promise<void> {
    const jobs = [...this.jobs.keys()];
    if (jobs.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        this.progress.update(jobs);
        if (!jobs.every(isFinished)) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = this.options.sandbox.rules.onChange(look);
      look();
    });
  }
}
