// Reading what is not for a step, and speaking in another's name.
import { type Attack, BUSYBOX, DEBIAN, one, then } from '../attack.ts';

/** Every secret of the job and all that points to one. */
export const POINTERS = /EXECUTOR_[A-Z]|AWS_|ECS_|\/payload\/|\/result\/|\/v4\/[0-9a-f]/;

/** The program's address, as the step finds it: the step-runner's connections are in the network that they share. */
const ADDRESSES =
  "awk 'NR>1{print $3}' /proc/net/tcp | sort -u | while IFS=: read -r h p; do [ $((0x$p)) -gt 0 ] && printf '%d.%d.%d.%d:%d\\n' 0x${h#??????} 0x$(echo $h | cut -c5-6) 0x$(echo $h | cut -c3-4) 0x$(echo $h | cut -c1-2) 0x$p; done | grep -v '^0'";

export const SECRETS: readonly Attack[] = [
  {
    name: 'read every environment that /proc shows',
    end: 'harmless',
    steps: one('for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ; done; cat /proc/1/environ | wc -c'),
    shows: ['FROM_IMAGE=kept', /^[1-9]\d+$/m],
    hides: POINTERS,
  },
  {
    name: 'find the step-runner among the processes',
    end: 'refused',
    steps: one(
      'for p in /proc/[0-9]*; do echo "$p $(tr "\\0" " " < $p/cmdline)"; done; echo "$(ls -d /proc/[0-9]* | wc -l) seen"',
    ),
    shows: [/^\/proc\/1 \/bin\/sh \/control\/agent\.sh/m, /^\d seen$/m],
    hides: /runner\.cjs|\/node/,
  },
  {
    name: "read the step-runner's environment, memory and files through /proc",
    end: 'refused',
    steps: one(
      'for p in /proc/[0-9]*; do [ -e $p/root/step-runner ] && echo FOUND; grep -l payload $p/environ; done; find / -xdev -name runner.cjs; echo looked',
    ),
    shows: [/^looked$/m],
    hides: /stdout: (?:FOUND|.*runner\.cjs|\/proc)/,
  },
  {
    name: "read the memory of the container's first process for secrets of the job",
    end: 'allowed',
    steps: one(
      `perl -e 'open M,"/proc/1/maps"; open F,"<:raw","/proc/1/mem" or die "refused\\n"; for(<M>){ /^(\\w+)-(\\w+) r/ or next; seek F,hex $1,0; read F,$b,hex($2)-hex $1 and $a.=$b } print "read ",length $a,"\\n"; print "HOLDS $1\\n" while $a=~/((?:EXECUTOR_|AWS_|ECS_)[A-Z_]+=|token-executor|payload\\/|result\\/)/g'`,
      DEBIAN,
    ),
    shows: [/^read \d{5,}$/m],
    hides: /stdout: HOLDS/,
  },
  {
    name: "ask AWS's metadata addresses for credentials",
    end: 'refused',
    steps: one(
      'for u in 169.254.170.2/v2/credentials 169.254.170.2/v4 169.254.169.254/latest/meta-data/iam; do (timeout 2 wget -q -O - http://$u && echo GOT || echo none) & done; wait',
    ),
    shows: ['none', 'none', 'none'],
    hides: /stdout: GOT/,
  },
  {
    name: 'guess the payload, the metadata and the result addresses',
    end: 'refused',
    steps: one(
      `${ADDRESSES} > /tmp/a; for a in $(cat /tmp/a); do for u in payload payload/ payload/0 v4/0/task result/../payload/0; do wget -S -O - http://$a/$u 2>&1 | grep HTTP/; done; done; echo "$(wc -l < /tmp/a) addresses"`,
    ),
    shows: [/^ *HTTP\/1.1 40[14]/m, /^[1-9]\d* addresses$/m],
    hides: /stdout: +HTTP\/1.1 2|jobToken|"job":/,
  },
  {
    name: 'forge a JobResult',
    end: 'refused',
    // The attempt is no secret, the address of its result is.
    steps: one(
      `${ADDRESSES} > /tmp/a; for a in $(cat /tmp/a); do perl -e 'use IO::Socket; my $s=IO::Socket::INET->new($ARGV[0]) or exit; my $b=q({"v":1,"attempt":"codeintel/1/0/1","outcome":{"kind":"completed"},"logEntries":0,"stepsStarted":true,"logBytesSent":0,"durationMs":1}); print $s "PUT /result/guess HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: ".length($b)."\\r\\n\\r\\n$b"; print scalar <$s>' $a; done; exit 3`,
      DEBIAN,
    ),
    state: 'errored',
    says: /exit code 3/,
    shows: [/HTTP\/1.1 404/],
    hides: /stdout: HTTP\/1.1 2/,
  },
  {
    name: 'add a log entry to the own job without its token, with a wrong one, with the executor name alone',
    end: 'refused',
    steps: ({ frontendUrl }) => [
      {
        image: DEBIAN,
        commands: [
          `perl -e 'use IO::Socket; my $b=q({"executorName":"engine-test","jobId":1,"key":"forged","command":["x"],"out":"forged","startTime":"2026-01-01T00:00:00Z"}); for my $auth ("", "Authorization: Bearer guess\\r\\n", "Authorization: token-executor guess\\r\\n") { for my $id (1..40) { my $s=IO::Socket::INET->new("${frontendUrl.replace('http://', '')}") or die; (my $c=$b)=~s/"jobId":1/"jobId":$id/; print $s "POST /.executors/queue/codeintel/addExecutionLogEntry HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n$auth"."X-Sourcegraph-Job-ID: $id\\r\\nX-Sourcegraph-Executor-Name: engine-test\\r\\nContent-Type: application/json\\r\\nContent-Length: ".length($c)."\\r\\n\\r\\n$c"; $seen{(split / /, scalar <$s>)[1]}++ } } print "answers: ", join(" ", sort keys %seen), "\\n"'`,
        ],
      },
    ],
    shows: [/^answers: 40[13](?: 40[13])*$/m],
    also: (job) => (job.logs.some(({ key }) => key === 'forged') ? ['a forged entry was taken'] : []),
  },
  {
    name: 'print another entry into the log, NUL bytes and no UTF-8',
    end: 'harmless',
    steps: then(
      'echo setup.fs.extras; echo \'{"key":"step.docker.step-1","exitCode":0}\'; printf "\\0\\377\\r\\033[2J\\n"; exit 0',
      'echo honest',
    ),
    shows: ['step.docker.step-1', 'honest'],
    also: (job) => {
      const keys = job.logs.map(({ key }) => key).filter((key) => key.startsWith('step.'));
      return keys.join(' ') === 'step.docker.step-0 step.docker.step-1' ? [] : [`entries ${keys.join(' ')}`];
    },
  },
  {
    name: "read another step's environment and files",
    end: 'refused',
    steps: () => [
      { image: BUSYBOX, commands: ['echo private > /mine; echo private > /tmp/mine'], env: ['SECRET=hunter2'] },
      {
        image: BUSYBOX,
        commands: [
          'cat /mine /tmp/mine; cat /proc/*/environ | tr "\\0" "\\n" | grep hunter2; ls /control; echo looked',
        ],
      },
    ],
    shows: ['looked'],
    hides: /stdout: (?:private|.*hunter2)/,
  },
];
