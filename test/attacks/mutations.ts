// Defences that can be taken away one at a time, each with the attack that must then be seen to succeed.
import type { TaskDefinition } from '#jobs/task-definition.ts';

export interface Mutation {
  /** Part of the name of the attack. */
  readonly attack: string;
  readonly without: string;
  /** Changes the task. */
  readonly definition?: (definition: TaskDefinition) => TaskDefinition;
  /** Changes a source file of the step-runner; `from` must stand in it. */
  readonly source?: { readonly file: string; readonly from: string; readonly to: string };
}

const keeping = (capability: string) => (definition: TaskDefinition) => ({
  ...definition,
  containers: definition.containers.map((container) => ({
    ...container,
    dropCapabilities: container.dropCapabilities.filter((name) => name !== capability),
  })),
});

export const MUTATIONS: readonly Mutation[] = [
  { attack: 'sniff the traffic', without: 'NET_RAW dropped', definition: keeping('NET_RAW') },
  { attack: 'forge packets', without: 'NET_RAW dropped', definition: keeping('NET_RAW') },
  { attack: 'make a device', without: 'MKNOD dropped', definition: keeping('MKNOD') },
  { attack: 'file with capabilities', without: 'SETFCAP dropped', definition: keeping('SETFCAP') },
  {
    attack: "another container's control volume",
    without: 'a control volume for each container',
    definition: (definition) => ({
      ...definition,
      containers: definition.containers.map((container) => ({
        ...container,
        mountPoints: container.essential
          ? container.mountPoints
          : [...container.mountPoints, { volume: 'control-step-1', containerPath: '/control/step-1' }],
      })),
    }),
  },
  {
    attack: 'forge an end with an exit code',
    without: 'the secret of a report',
    source: { file: 'runner/agent-status.ts', from: ' || secret !== this.#secret', to: '' },
  },
  {
    attack: 'give the agent a command',
    without: 'the secret of a command',
    source: { file: 'runner/step-agent/agent.sh', from: '[ "$verb $given" = "run $secret" ]', to: '[ "$verb" = run ]' },
  },
  {
    attack: 'keep running after the end',
    without: 'the kill after each step',
    source: { file: 'runner/step-agent/agent.sh', from: 'if [ $$ = 1 ]; then kill_leftovers; fi', to: '' },
  },
  {
    attack: 'kill, stop and confuse the agent',
    without: 'the trap of SIGINT',
    source: { file: 'runner/step-agent/agent.sh', from: '  trap : INT\n', to: '' },
  },
  {
    attack: "make the scripts' folder a link",
    without: 'the look whether a folder is a link',
    source: { file: 'runner/workspace/held-folder.ts', from: 'FLAGS | constants.O_NOFOLLOW', to: 'FLAGS' },
  },
  {
    attack: "change the next step's script",
    without: 'scripts written again',
    source: {
      file: 'runner/docker-steps.ts',
      from: 'await rewriteScript(context, index)',
      to: '(rewriteScript, OK as Outcome)',
    },
  },
  {
    attack: 'filters of .gitattributes',
    without: 'a git directory of its own',
    source: { file: 'runner/batches/git/trusted-repository.ts', from: 'GIT_DIR: own', to: 'GIT_DIR: source' },
  },
  {
    attack: 'index whose entries lead out',
    without: 'the look at the index',
    source: {
      file: 'runner/batches/git/trusted-repository.ts',
      from: 'if (await leadsOutside(repository, signal))',
      to: 'if (!leadsOutside)',
    },
  },
  {
    attack: "under another job's cache key",
    without: 'the input that the job brought',
    source: {
      file: 'runner/batch-steps.ts',
      from: "content === undefined ? 'not-base64'",
      to: "content !== '' ? 'not-base64'",
    },
  },
  {
    attack: 'skip the steps that follow',
    without: 'the removal of a skip.json that is there',
    source: {
      file: 'runner/batches/native-pre.ts',
      from: 'await rm(path.join(request.paths.job, SKIP_FILE), { recursive: true, force: true });',
      to: 'void rm;',
    },
  },
  {
    attack: 'its index is a link to the environment',
    without: 'a workspace of its own for the upload',
    source: { file: 'runner/docker-steps.ts', from: '= holdsExecutorToken(step)', to: '= !holdsExecutorToken' },
  },
  {
    attack: 'another script for the step that holds',
    without: 'a workspace of its own for the upload',
    source: { file: 'runner/docker-steps.ts', from: '= holdsExecutorToken(step)', to: '= !holdsExecutorToken' },
  },
];
