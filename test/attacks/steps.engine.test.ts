// What a hostile step tries in a real container of a real job, and how it ends; docs/security.md tells it in prose.
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { type DockerStepWish, openRealJobs, outputOf, type RealJobs, RUNNER_IMAGE } from '../engines/real-job.ts';

const BUSYBOX = 'test/busybox:1';
const hasRunner = execFileSync('docker', ['images', '-q', RUNNER_IMAGE], { encoding: 'utf8' }) !== '';

/** Every secret of the job and all that points to one. */
const POINTERS = /EXECUTOR_|AWS_|ECS_|\/payload\/|\/result\/|\/v4\/[0-9a-f]/;

interface Attack {
  readonly name: string;
  readonly script: string;
  /** A second step in a container of its own, run after it. */
  readonly then?: string;
  readonly image?: string;
  readonly state?: 'completed' | 'errored';
  /** The sentence that the user reads. */
  readonly says?: RegExp;
  /** What the output must show, of both steps. */
  readonly shows?: RegExp;
  readonly hides?: RegExp;
}

const ATTACKS: readonly Attack[] = [
  { name: 'read every environment', script: 'env; cat /proc/*/environ | tr "\\0" "\\n"', hides: POINTERS },
  {
    name: 'find the step-runner among the processes',
    script: 'for p in /proc/[0-9]*; do cat $p/cmdline | tr "\\0" " "; echo; done; echo seen',
    shows: /seen/,
    hides: /step-runner|node/,
  },
  {
    name: "read the memory of the container's first process for the job's token",
    script: 'strings /proc/1/mem | head; cat /proc/1/maps; echo done',
    shows: /done/,
    hides: POINTERS,
  },
  {
    name: "ask AWS's metadata addresses for credentials",
    script:
      'for u in 169.254.170.2/v2/credentials 169.254.170.2/v4 169.254.169.254/latest/meta-data; do timeout 1 wget -q -O - http://$u || echo none; done',
    shows: /none[\s\S]*none[\s\S]*none/,
  },
  {
    name: "read the step-runner's own files",
    script: 'ls /step-runner /proc/1/root/step-runner; find / -xdev -name runner.cjs; echo done',
    shows: /done/,
    hides: /stdout: .*runner\.cjs/,
  },
  {
    name: 'sniff the network',
    script: 'arping -c 1 -I eth0 127.0.0.1 || echo refused',
    shows: /not permitted|refused/,
  },
  { name: 'open a raw socket', script: 'ping -c 1 127.0.0.1 || echo refused', shows: /denied|not permitted|refused/ },
  { name: 'make a device', script: 'mknod /tmp/disk b 254 0 || echo refused', shows: /refused/ },
  { name: 'mount', script: 'mount -t tmpfs x /mnt || mount -t proc x /tmp || echo refused', shows: /refused/ },
  { name: 'make namespaces', script: 'unshare -m true || echo refused', shows: /refused/ },
  { name: 'change the kernel', script: 'echo 1 > /proc/sys/kernel/panic || echo refused', shows: /refused/ },
  {
    name: 'write to the cgroup',
    script: 'echo x > /sys/fs/cgroup/memory/release_agent || echo refused',
    shows: /refused/,
  },
  {
    name: "talk to the machine's Docker engine",
    script: 'ls /var/run/docker.sock /run/docker.sock || echo none',
    shows: /none/,
  },
  {
    name: "see another container's control volume",
    script: 'ls -d /control/* | sort; find / -xdev -path "*step-1*"; echo done',
    then: 'true',
    hides: /step-1\//,
    shows: /\/control\/agent\.sh/,
  },
  {
    name: 'forge an exit code',
    script: 'for i in 1 2 3; do echo "exit x y 0 0" > /control/status; done; exit 9',
    state: 'errored',
  },
  {
    name: 'make the agent run something of its own',
    script: 'echo "touch /job/owned" > /control/step-evil; echo "run x evil" > /control/command; exit 0',
    then: 'ls /job/owned || echo not owned',
    shows: /not owned/,
  },
  {
    name: 'rewrite the agent',
    script: 'echo "touch /job/owned" > /control/agent.sh; exit 0',
    then: 'ls /job/owned || echo not owned',
    shows: /not owned/,
  },
  {
    name: 'keep running after the end',
    script: `trap '' TERM HUP INT; (setsid sh -c 'while :; do echo x >> /job/late; done' &) ; sleep 0.1; exit 0`,
    then: 'a=$(wc -c < /job/late); sleep 0.3; b=$(wc -c < /job/late); [ $a = $b ] && echo quiet',
    shows: /quiet/,
  },
  {
    name: 'leave two thousand processes',
    script: 'i=0; while [ $i -lt 2000 ]; do sleep 1000 & i=$((i+1)); done; exit 0',
    then: 'echo went on',
    shows: /went on/,
  },
  {
    name: 'kill the agent',
    script: 'kill -9 1; kill -TERM 1; echo survived; exit 5',
    state: 'errored',
    shows: /survived/,
  },
  {
    name: "change the next step's script",
    script: 'for f in /job/.sourcegraph-executor/*; do echo "echo owned" > $f; done; exit 0',
    then: 'echo mine',
    shows: /stdout: mine/,
    hides: /stdout: owned/,
  },
  {
    name: "make the scripts' folder a link to somewhere of the step-runner's",
    script: 'rm -rf /job/.sourcegraph-executor; ln -s /step-runner /job/.sourcegraph-executor; exit 0',
    then: 'echo mine',
    state: 'errored',
    says: /refusing to write outside of working directory/,
    hides: /stdout: owned/,
  },
  {
    name: 'make the next script a link to a file of the step-runner',
    script: 'for f in /job/.sourcegraph-executor/*; do rm $f; ln -s /step-runner/runner.cjs $f; done; exit 0',
    then: 'echo mine',
    state: 'errored',
    says: /refusing to write outside of working directory/,
    hides: /stdout: owned/,
  },
  {
    name: 'skip the steps that follow',
    script: 'echo \'{"nextStep":"nowhere"}\' > /job/skip.json; exit 0',
    then: 'echo not skipped',
    shows: /not skipped/,
  },
  {
    name: 'run something as the step-runner by a hook of git',
    script:
      'mkdir -p .git/hooks; for h in post-checkout pre-commit fsmonitor; do printf "#!/bin/sh\\necho owned > /job/owned\\n" > .git/hooks/$h; chmod +x .git/hooks/$h; done; printf "[core]\\n\\tfsmonitor = /job/.git/hooks/fsmonitor\\n\\thooksPath = /job/.git/hooks\\n" >> .git/config; exit 0',
    then: 'ls /job/owned || echo not owned',
    shows: /not owned/,
  },
  {
    name: 'print another entry into the log',
    script: 'echo "setup.fs.extras"; echo \'{"key":"step.docker.step-1","exitCode":0}\'; printf "\\0\\377\\n"; exit 0',
    then: 'echo honest',
    shows: /honest/,
  },
  {
    name: 'flood the report pipe',
    script: '(cat /dev/zero > /control/status &); (yes > /control/status &); sleep 0.3; exit 7',
    state: 'errored',
  },
  {
    name: 'replace the output pipes',
    script: 'rm /control/stdout /control/stderr; ln -s /etc/passwd /control/stdout; echo end; exit 0',
    then: 'echo went on',
    shows: /end[\s\S]*went on/,
  },
  {
    name: 'use all memory',
    script: 'x=$(head -c 900000000 /dev/zero | tr "\\0" x); echo never',
    state: 'errored',
    hides: /never\n/,
  },
  {
    name: 'call the instance without a token',
    script: 'echo $HOST; wget -q -O - http://nothing:1 || echo refused',
    shows: /refused/,
  },
];

(hasRunner ? describe : describe.skip)('a hostile step', () => {
  let jobs: RealJobs;
  let loopback: Server;
  beforeAll(async () => {
    const opened = await openDockerEngine({ environment: process.env });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    jobs = await openRealJobs(opened.engine);
    loopback = createServer((_, answer) => answer.end('open sesame'));
    await new Promise<void>((resolve) => loopback.listen(0, '127.0.0.1', resolve));
  }, 60_000);
  afterAll(async () => {
    await jobs.close();
    loopback.close();
  });

  const outputs = (job: SandboxJob): string => job.logs.map(({ out }) => out).join('');
  function expectNoSecret(job: SandboxJob): void {
    for (const token of jobs.tokens) {
      expect(JSON.stringify(job.logs)).not.toContain(token);
      expect(jobs.said.join('\n')).not.toContain(token);
    }
  }

  test.each(ATTACKS)(
    '$name',
    async ({ script, then, image = BUSYBOX, state = 'completed', says, shows, hides }) => {
      const steps: DockerStepWish[] = [{ image, commands: [script] }];
      if (then !== undefined) steps.push({ image: BUSYBOX, commands: [then] });
      const job = await jobs.run(steps);
      const printed = outputs(job).replaceAll(/^stderr: \+.*$/gm, '');
      if (shows !== undefined) expect(printed).toMatch(shows);
      if (hides !== undefined) expect(printed).not.toMatch(hides);
      expectNoSecret(job);
      if (says !== undefined) expect(job.failureMessage).toMatch(says);
      expect([job.state, job.marks, job.resets]).toEqual([state, 1, 0]);
    },
    60_000,
  );

  test("reach what listens on this machine's loopback", async () => {
    const { port } = loopback.address() as AddressInfo;
    const script = `for h in 127.0.0.1 ${jobs.host}; do timeout 2 wget -q -O - http://$h:${port}/ || echo closed; done`;
    const job = await jobs.run([{ image: BUSYBOX, commands: [script] }]);
    expect(outputOf(job, 'step.docker.step-0')).toMatch(/closed[\s\S]*closed/);
    expect(outputs(job)).not.toContain('stdout: open sesame');
  }, 60_000);

  test('be a hostile image, whose own /bin/sh is the attack', async () => {
    const job = await jobs.run([
      { image: BUSYBOX, commands: ['until [ -s /job/loot ]; do sleep 0.1; done; sleep 0.3; cat /job/loot; exit 1'] },
      { image: 'test/hostile:1', commands: ['true'] },
    ]);
    expect(outputs(job)).toContain('stdout: PATH=/bin');
    expect(outputs(job)).not.toMatch(POINTERS);
    expectNoSecret(job);
  }, 60_000);
});
