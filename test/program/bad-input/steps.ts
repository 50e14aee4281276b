// Steps that misbehave.
import { base64, clonedJob, stepJob } from '../world/jobs.ts';
import type { Row } from './row.ts';

const MARKED_TWO = { key: 'second', image: 'alpine:3', dir: '', env: null, commands: ['echo second ran'] };
const step = (key: string, commands: readonly string[], more: Readonly<Record<string, unknown>> = {}): object => ({
  key,
  image: 'alpine:3',
  dir: '',
  env: null,
  commands,
  ...more,
});

const failing = (code: number): string => `running command "step.docker.test": command failed with exit code ${code}`;

export const STEPS: readonly Row[] = [
  {
    name: 'a step that forks and ignores signals',
    job: () =>
      stepJob([
        'trap "" TERM INT HUP QUIT',
        '(trap "" TERM HUP; exec sleep 1000) &',
        'setsid sleep 1000 &',
        'setsid sh -c "trap \\"\\" TERM; sleep 1000 & sleep 1000" &',
        'echo forked',
      ]),
    state: 'completed',
    log: 'stdout: forked\n',
  },
  {
    name: 'a step that leaves two hundred children with its output open',
    job: () => stepJob(['i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done 2>/dev/null', 'echo left']),
    state: 'completed',
    log: 'stdout: left\n',
  },
  {
    name: 'a step that leaves a child without environment and session',
    job: () => stepJob(['env -i setsid sleep 1000 </dev/null >/dev/null 2>&1 &', 'echo escaped']),
    state: 'completed',
    log: 'stdout: escaped\n',
  },
  {
    name: 'a step that meets the end of its file size limit',
    job: () => stepJob(['ulimit -f 64', 'dd if=/dev/zero of=big bs=65536 count=100', 'exit $?']),
    state: 'errored',
    message: /command failed with exit code (153|1)$/,
  },
  {
    name: 'a step that finds the disk full',
    job: () => stepJob(['set -e', 'dd if=/dev/zero of=/dev/full bs=4096 count=1', 'echo never']),
    state: 'errored',
    message: failing(1),
    log: 'No space left on device',
    notInLog: 'stdout: never',
  },
  {
    name: 'a step that prints NUL bytes',
    job: () => stepJob(["printf 'a\\000b\\n'"]),
    state: 'completed',
    log: 'stdout: a\u0000b\n',
  },
  {
    name: 'a step that prints invalid UTF-8',
    job: () => stepJob(["printf 'a\\377\\376b\\n'"]),
    state: 'completed',
    log: /stdout: a\ufffd\ufffdb\n/,
  },
  {
    name: 'a step that prints half a character at its end',
    job: () => stepJob(["printf 'caf\\303'"]),
    state: 'completed',
    log: /stdout: caf\ufffd\n/,
  },
  {
    name: 'a step that prints a line of 3 MB',
    job: () => stepJob(['set +x', "head -c 3000000 /dev/zero | tr '\\0' x", 'echo; echo after']),
    state: 'completed',
    log: /stdout: x{3000000}\nstdout: after\n/,
  },
  {
    name: 'a step that prints a line above 100 MB',
    job: () => stepJob(['set +x', "head -c 106000000 /dev/zero | tr '\\0' x", 'echo; echo after']),
    state: 'errored',
    message: /too long/,
    slow: true,
  },
  {
    name: 'a step that prints 8 MB at once',
    job: () => stepJob(['set +x', 'yes 0123456789abcdef | head -c 8000000', 'echo; echo end of it']),
    state: 'completed',
    log: 'stdout: end of it\n',
  },
  {
    name: 'a step that prints 1 GB',
    job: () => stepJob(['set +x', 'yes 0123456789abcdef | head -c 1000000000', 'echo; echo end of it']),
    state: 'completed',
    log: 'stdout: end of it\n',
    slow: true,
  },
  {
    name: 'a step that prints control characters',
    job: () => stepJob(["printf '\\033[31mred\\033[0m\\a\\b\\v\\n'"]),
    state: 'completed',
    log: 'stdout: \u001b[31mred\u001b[0m',
  },
  { name: 'a step that kills itself', job: () => stepJob(['kill -9 $$']), state: 'errored', message: failing(137) },
  { name: 'a step that crashes', job: () => stepJob(['kill -SEGV $$']), state: 'errored', message: failing(139) },
  {
    name: 'a step that kills whatever it can',
    job: () => stepJob(['kill -9 -1', 'echo alive', 'exit 4']),
    state: 'errored',
    message: /exit code|ended|killed/,
  },
  {
    name: 'a step that kills its parent',
    job: () => stepJob(['kill -9 $PPID', 'sleep 0.2', 'exit 4']),
    state: 'errored',
    message: /exit code|ended|killed/,
  },
  {
    name: 'a step that fails: the next one does not run',
    job: () => stepJob([], { dockerSteps: [step('test', ['exit 3']), MARKED_TWO] }),
    state: 'errored',
    message: failing(3),
    notInLog: 'second ran',
  },
  {
    name: 'a step whose command does not exist',
    job: () => stepJob(['no-such-command-at-all']),
    state: 'errored',
    message: failing(127),
    log: 'no-such-command-at-all',
  },
  {
    name: 'a step whose shell text is broken',
    job: () => stepJob(['if true; then', 'echo "']),
    state: 'errored',
    message: failing(2),
  },
  {
    name: 'a step that reads its standard input',
    job: () => stepJob(['cat', 'echo read']),
    state: 'completed',
    log: 'stdout: read\n',
  },
  {
    name: 'a step that closes its output and goes on',
    job: () => stepJob(['exec >&- 2>&-', 'sleep 0.1', 'exit 6']),
    state: 'errored',
    message: failing(6),
  },
  {
    name: 'a step that removes its whole workspace',
    job: () => stepJob(['rm -rf ./* ./.[a-z]*', 'echo removed'], {}),
    state: 'completed',
    log: 'stdout: removed\n',
  },
  {
    name: 'a step that leaves folders nobody may enter and odd names',
    job: () => stepJob(['mkdir -p a/b; touch a/b/c "$(printf \'x\\ny\')" ./-rf; chmod 000 a/b a', 'echo locked']),
    state: 'completed',
    log: 'stdout: locked\n',
  },
  {
    name: 'a step in a folder that does not exist: it is made, as Docker does',
    job: () => stepJob([], { dockerSteps: [step('test', ['pwd'], { dir: 'nowhere' })] }),
    state: 'completed',
    log: /stdout: .*\/nowhere\n/,
  },
  { name: 'a step without commands', job: () => stepJob([]), state: 'completed' },
  { name: 'a job without steps', job: () => stepJob([], { dockerSteps: null }), state: 'completed' },
  {
    name: 'an environment entry without a value',
    job: () => stepJob([], { dockerSteps: [step('test', ['echo "<$EMPTY>"'], { env: ['EMPTY=', 'BROKEN'] })] }),
    state: 'completed',
    log: 'stdout: <>\n',
  },
  {
    name: 'a skip file that is no JSON',
    job: () => stepJob([], { dockerSteps: [step('step.0.pre', ['echo "{" > skip.json']), MARKED_TWO] }),
    state: 'errored',
    message: /skip/,
    notInLog: 'second ran',
  },
  {
    name: 'a skip file that names no step there is: all the rest is skipped',
    job: () =>
      stepJob([], {
        dockerSteps: [step('step.0.pre', ['echo \'{"nextStep":"step.9.pre"}\' > skip.json']), MARKED_TWO],
      }),
    state: 'completed',
    notInLog: 'second ran',
  },
  {
    name: 'a secret in commands, environment and output',
    job: () =>
      stepJob([], {
        dockerSteps: [
          step('test', ['echo "$PASSWORD of hunter2-the-secret"', 'echo hunter2-the-secret >&2'], {
            env: ['PASSWORD=hunter2-the-secret'],
          }),
        ],
        redactedValues: { 'hunter2-the-secret': '${{ secrets.PASSWORD }}', '': 'nothing' },
      }),
    state: 'completed',
    log: 'stdout: ${{ secrets.PASSWORD }} of ${{ secrets.PASSWORD }}\n',
  },
  {
    name: 'a secret printed in pieces',
    job: () =>
      stepJob(["printf hunter2-; sleep 0.3; printf 'the-secret\\n'"], {
        redactedValues: { 'hunter2-the-secret': 'REDACTED' },
      }),
    state: 'completed',
    log: 'stdout: REDACTED\n',
  },
  {
    name: 'a secret in the name of a file that is refused',
    job: () =>
      stepJob(['true'], {
        files: { '../hunter2-the-secret': { content: base64('x') } },
        redactedValues: { 'hunter2-the-secret': 'REDACTED' },
      }),
    state: 'errored',
    message: /refusing to write outside of working directory/,
  },
  {
    name: 'a step that looks for secrets in every process it sees',
    job: () =>
      stepJob([
        'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | sort -u',
        'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "',
        'echo; echo looked',
      ]),
    state: 'completed',
    log: 'stdout: looked\n',
    notInLog: 'EXECUTOR_FRONTEND_PASSWORD',
  },
  {
    name: 'a step that looks for the credentials of the clone',
    job: (repository) =>
      clonedJob(['git config --list --show-origin', 'cat .git/config', 'env', 'echo looked'], repository),
    state: 'completed',
    log: 'stdout: looked\n',
    notInLog: 'uthorization',
  },
];
