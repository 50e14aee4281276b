// The step agent: making it say or do what it should not, and outliving it.
import { type Attack, BUSYBOX, DEBIAN, one, then } from '../attack.ts';

const NOT_OWNED = 'ls /job/owned || echo not owned';

export const CONTROL: readonly Attack[] = [
  {
    name: "see another container's control volume",
    end: 'refused',
    steps: then('ls -d /control/*; find /control -type p; grep -c " /control " /proc/self/mounts', 'true'),
    shows: ['/control/agent.sh', '/control/command', /^1$/m],
    hides: /stdout: .*step-1\//,
  },
  {
    name: 'forge an end with an exit code of its choice',
    end: 'refused',
    // The id of the step is the name of a file; the secret is in the agent's memory.
    steps: one(
      'id=$(ls /control | grep ^step-); for s in "" x 0 "$(head -c 32 /dev/zero | tr "\\0" 0)"; do echo "exit $s ${id#step-} 0 0" > /control/status; echo "exit ${id#step-} 0 0" > /control/status; done; sleep 0.2; exit 9',
    ),
    state: 'errored',
    says: /exit code 9/,
  },
  {
    name: 'forge an end through an unfinished line, a flood and NUL bytes',
    end: 'refused',
    steps: one(
      '(cat /dev/zero > /control/status &); (yes "exit 0 0 0 0" > /control/status &); sleep 0.3; printf "exit " > /control/status; exit 7',
    ),
    state: 'errored',
    says: /exit code 7/,
  },
  {
    name: 'give the agent a command of its own',
    end: 'refused',
    steps: then(
      'printf "step_run() { echo owned > /job/owned; }\\n" > /control/step-evil; cd /control; rm stdout stderr; touch stdout stderr; chmod 777 std*; (yes "run x evil" > command &); sleep 0.3; exit 0',
      `sleep 0.2; ${NOT_OWNED}`,
    ),
    shows: ['not owned'],
  },
  {
    name: "rewrite the agent and the step's own functions while it runs",
    end: 'refused',
    steps: then(
      'for f in /control/agent.sh /control/step-*; do echo "echo owned > /job/owned" > $f; done; exit 0',
      `sleep 0.2; ${NOT_OWNED}`,
    ),
    shows: ['not owned'],
  },
  {
    name: "put a folder in the place of the agent's file of the step",
    end: 'harmless',
    steps: then('f=$(ls -d /control/step-*); rm $f; mkdir -p $f/full; exit 0', 'echo went on'),
    shows: ['went on'],
  },
  {
    name: 'put links in the place of its output pipes',
    end: 'harmless',
    steps: then(
      'rm /control/stdout /control/stderr; ln -s /etc/passwd /control/stdout; ln -s /control/status /control/stderr; echo end; exit 0',
      'echo went on',
    ),
    shows: ['end', 'went on'],
  },
  {
    name: 'take all pipes away: a later step of the same container is lost, and told so',
    end: 'harmless',
    // Above nine steps those of one image share a container.
    steps: () => [
      { image: BUSYBOX, commands: ['rm /control/*; exit 0'] },
      ...Array.from({ length: 9 }, () => ({ image: BUSYBOX, commands: ['echo went on'] })),
    ],
    state: 'errored',
    says: /step container step-0 was lost: its control volume cannot be used/,
    hides: /stdout: went on/,
  },
  {
    name: 'kill, stop and confuse the agent',
    end: 'refused',
    steps: one(
      'for s in KILL STOP TERM INT HUP QUIT USR1 SEGV TTIN CHLD CONT; do kill -$s 1; done; sleep 0.1; echo survived; exit 5',
    ),
    state: 'errored',
    says: /exit code 5/,
    shows: ['survived'],
  },
  {
    name: 'take the agent over with ptrace',
    end: 'allowed',
    // What it gains is the right to report the exit code that it could have had anyway.
    steps: then(
      `perl -e 'my $arm=(\`uname -m\`=~/aarch64/); print syscall($arm?117:101,16,1,0,0)<0 ? "$!\\n" : "attached\\n"; syscall($arm?260:61,1,0,0x40000000,0); syscall($arm?117:101,17,1,0,0)'; exit 0`,
      'echo went on',
      DEBIAN,
    ),
    shows: [/attached|not permitted/, 'went on'],
  },
  {
    name: 'keep running after the end, deaf to every signal, in a session of its own',
    end: 'refused',
    steps: then(
      `trap '' TERM HUP INT; (setsid sh -c 'trap "" TERM HUP; while :; do echo x >> /job/late; done' &) ; (setsid nohup sh -c 'sleep 1; touch /job/late2' >/dev/null 2>&1 &); sleep 0.1; exit 0`,
      'a=$(wc -c < /job/late); sleep 1.2; b=$(wc -c < /job/late); [ $a = $b ] && [ ! -e /job/late2 ] && echo quiet',
    ),
    shows: ['quiet'],
  },
  {
    name: 'leave two thousand processes',
    end: 'refused',
    steps: then('i=0; while [ $i -lt 2000 ]; do sleep 1000 & i=$((i+1)); done; exit 0', 'echo went on'),
    shows: ['went on'],
  },
  {
    name: 'a fork bomb',
    end: 'harmless',
    // It ends at its container's limits, and with its step.
    steps: then('b() { b | b & }; b; sleep 1; exit 0', 'echo went on; ls -d /proc/[0-9]* | wc -l'),
    state: 'completed',
    shows: ['went on', /^\d$/m],
  },
  {
    name: 'use all memory, with the agent as the one to die',
    end: 'refused',
    steps: one(
      'echo -1000 > /proc/self/oom_score_adj; echo 1000 > /proc/1/oom_score_adj; x=$(head -c 900000000 /dev/zero | tr "\\0" x); echo never',
    ),
    state: 'errored',
    says: /exit code 137.*memory ran out|memory/i,
    hides: /stdout: never/,
  },
  {
    name: 'hold its streams open after the end',
    end: 'refused',
    steps: then('(setsid sleep 1000 >&1 2>&2 &); exec 9>&1; (setsid sleep 1000 <&9 &); exit 0', 'echo went on'),
    shows: ['went on'],
  },
];
