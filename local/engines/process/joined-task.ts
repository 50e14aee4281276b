// A task whose step-runner is carried by a process of its own and whose step containers are held together by a group:
// neither outlives the other.
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { RunningTask, TaskEnd } from '#local/engines/running-task.ts';
import type { Runner, RunnerEnd } from './runner-process.ts';
import { type ContainerGroup, KILLED } from './task-processes.ts';

/** Starts the step-runner as soon as there is a place for its commands. */
export function joinRunner(group: ContainerGroup, start: (launcher: readonly string[]) => Runner): RunningTask {
  const runner = group.launcher.then((launcher) => (launcher === undefined ? undefined : start(launcher)));
  const kill = (): void => {
    group.kill();
    void runner.then((started) => started?.kill());
  };
  void group.ended.then(kill);
  return {
    ended: endOf(group, runner),
    terminate: () => void runner.then((started) => started?.stop()),
    kill,
  };
}

async function endOf(group: ContainerGroup, runner: Promise<Runner | undefined>): Promise<TaskEnd> {
  const ofRunner = (await (await runner)?.ended) ?? { kind: 'exited', exitCode: KILLED };
  group.kill();
  const end = await group.ended;
  return end.failure === undefined ? withRunner(end, ofRunner) : end;
}

function withRunner(end: TaskEnd, ofRunner: RunnerEnd): TaskEnd {
  switch (ofRunner.kind) {
    case 'exited':
      return { containers: [{ name: RUNNER_CONTAINER, exitCode: ofRunner.exitCode }, ...end.containers] };
    case 'lost':
      return {
        containers: [{ name: RUNNER_CONTAINER }, ...end.containers],
        // ECS's word for a failure of what runs containers: nobody's fault, and no step's.
        lost: `ContainerRuntimeError: the process that carried the step-runner was lost: ${ofRunner.why}`,
      };
  }
}
