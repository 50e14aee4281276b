// Images that are themselves the attack: their own /bin/sh runs from the start of the task to its end, beside the others.
import { type Attack, BUSYBOX, DEBIAN } from '../attack.ts';
import { POINTERS } from './secrets.ts';

/** Runs until its task ends, whatever it is told. */
const STAY = 'while :; do sleep 1; done';
const SETTINGS =
  '[filter "x"]\\n\\tsmudge = sh -c \\"touch /job/owned; cat\\"\\n\\tclean = sh -c \\"touch /job/owned; cat\\"\\n[core]\\n\\tfsmonitor = touch /job/owned\\n\\thooksPath = /job/hooks\\n[http]\\n\\tproxy = http://127.0.0.1:7777/\\n';

/** The step of another image looks at what the hostile one has made of the job; its own step never begins. */
const beside = (tag: string, look: string): Attack['steps'] => {
  return () => [
    { image: BUSYBOX, commands: [look] },
    { image: tag, commands: ['true'] },
  ];
};

export const HOSTILE_IMAGES: readonly Attack[] = [
  {
    name: 'an image that tells all that it sees before the job starts',
    end: 'harmless',
    image: {
      tag: 'test/hostile-loot:1',
      shell: `{ env; ls -la /control /job /proc/1/fd; cat /proc/*/environ | tr '\\0' '\\n'; ip addr; cat /proc/net/tcp; } > /job/loot.new 2>&1; mv /job/loot.new /job/loot; ${STAY}`,
    },
    steps: beside('test/hostile-loot:1', 'until [ -s /job/loot ]; do sleep 0.1; done; cat /job/loot; exit 1'),
    state: 'errored',
    shows: ['PATH='],
    hides: POINTERS,
  },
  {
    name: 'an image that has settings, hooks and attributes in .git before the clone',
    end: 'refused',
    image: {
      tag: 'test/hostile-git:1',
      shell: `if [ ! -e /job/.git ]; then mkdir -p /job/.git/info /job/hooks; printf '${SETTINGS}' > /job/.git/config; echo '* filter=x' > /job/.git/info/attributes; echo 'ref: refs/heads/x' > /job/.git/HEAD; for h in post-checkout reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch /job/owned\\n' > /job/hooks/$h; chmod +x /job/hooks/$h; done; touch /job/planted; fi; ${STAY}`,
    },
    steps: beside(
      'test/hostile-git:1',
      'ls /job/planted || echo the clone was first; ls /job/owned || echo not owned; cat README.md; grep -c proxy .git/config; exit 1',
    ),
    state: 'errored',
    shows: [/planted|first/, 'not owned', 'hello', /^0$/m],
    hides: /stdout: \/job\/owned/,
  },
  {
    name: "an image that makes the repository a link to the step-runner's programs before the clone",
    end: 'refused',
    image: {
      tag: 'test/hostile-link:1',
      shell: `[ ! -e /job/repository ] || exit 1; ln -s /usr/local/bin /job/repository; ${STAY}`,
    },
    steps: () => [{ image: 'test/hostile-link:1', commands: ['true'] }],
    more: { repositoryDirectory: 'repository' },
    state: 'errored',
    says: /refusing to write outside of working directory|was lost/,
  },
  {
    name: 'an image that makes pipes and an agent of its own before the step-runner does',
    end: 'harmless',
    image: {
      tag: 'test/hostile-pipes:1',
      shell: `[ ! -e /control/command ] || exit 1; mkdir /control/status /control/agent.sh; mkfifo /control/command; ${STAY}`,
    },
    steps: () => [
      { image: BUSYBOX, commands: ['echo honest'] },
      { image: 'test/hostile-pipes:1', commands: ['true'] },
    ],
    state: 'errored',
    says: /step container step-1 was lost/,
    shows: ['honest'],
  },
  {
    name: "an image that swaps a later step's folders for links while the step-runner writes",
    end: 'harmless',
    // Wherever the race ends, nothing arrives in its control volume, to which the links lead.
    image: {
      tag: 'test/hostile-race:1',
      shell: `cd /job; while :; do perl -e 'for (1..20000) { rename(".sourcegraph-executor","x") and symlink("/control/step-3",".sourcegraph-executor"); unlink(".sourcegraph-executor"); rename("x",".sourcegraph-executor"); }'; for f in /control/*.sh; do case $f in */agent.sh|*/\\*.sh) ;; *) touch /job/owned;; esac; done; done`,
    },
    steps: () => [
      ...[0, 0, 1].map((code) => ({ image: BUSYBOX, commands: [`ls /job/owned; exit ${code}`] })),
      { image: 'test/hostile-race:1', commands: ['true'] },
    ],
    state: 'errored',
    hides: /stdout: \/job\/owned/,
  },
  {
    name: 'an image with a health check that comes back after every step',
    end: 'refused',
    image: {
      tag: 'test/hostile-health:1',
      base: BUSYBOX,
      lines: ['HEALTHCHECK --interval=1s --start-period=1s CMD touch /job/healthy'],
    },
    steps: () => [
      { image: 'test/hostile-health:1', commands: ['sleep 2.5; exit 0'] },
      { image: BUSYBOX, commands: ['ls /job/healthy || echo never'] },
    ],
    shows: ['never'],
  },
  {
    name: 'an image whose environment, user and folders mean to confuse the agent',
    end: 'harmless',
    image: {
      tag: 'test/hostile-env:1',
      base: BUSYBOX,
      lines: [
        'ENV ENV=/job/owned.sh BASH_ENV=/job/owned.sh IFS=/ CDPATH=/tmp AWS_X="a\\nexport PATH=/nowhere" ECS_Y=1',
        'WORKDIR /job/.git/hooks',
        'VOLUME ["/control/step-evil", "/job/.sourcegraph-executor/x"]',
        'STOPSIGNAL SIGUSR1',
        'ENTRYPOINT ["/bin/false"]',
      ],
    },
    steps: () => [
      {
        image: 'test/hostile-env:1',
        commands: ['env | grep -E "^(AWS|ECS)_" || echo gone; ls /job/owned || echo not owned'],
      },
      { image: BUSYBOX, commands: ['echo went on'] },
    ],
    shows: ['gone', 'not owned', 'went on'],
  },
  {
    name: "poison codeintel's upload: another script for the step that holds the executor's token",
    end: 'refused',
    // The hostile image writes into every script as fast as it can, from before the upload until its end.
    image: {
      tag: 'test/hostile-upload:1',
      shell: `cd /job; while :; do for f in .sourcegraph-executor/*.1_*; do echo 'env | grep token | rev > /job/stolen; exit 0' > "$f"; done; done 2>/dev/null`,
    },
    steps: () => [
      { image: 'test/hostile-upload:1', commands: ['true'] },
      { image: BUSYBOX, commands: ['true'] },
    ],
    more: {
      dockerSteps: uploadSteps('test/hostile-upload:1', 'sleep 0.3; ls /job/stolen && echo STOLEN; echo sent; exit 1'),
    },
    state: 'errored',
    says: /exit code 1/,
    shows: ['sent'],
    hides: /stdout: (?:STOLEN|\/job\/stolen)/,
  },
  {
    name: "poison codeintel's upload: its index is a link to the environment that holds the executor's token",
    end: 'refused',
    steps: () => [],
    more: {
      dockerSteps: [
        { key: 'indexer', image: BUSYBOX, dir: '', env: [], commands: ['ln -s /proc/self/environ dump.lsif'] },
        upload('rev dump.lsif'),
      ],
    },
    state: 'errored',
    hides: /rotucexe-nekot/,
    also: (job) => (job.logs.some(({ out }) => out.includes('is no ordinary file')) ? [] : ['it does not say why']),
  },
  {
    name: "poison codeintel's upload: programs, settings and links in the folder where it runs",
    end: 'refused',
    steps: () => [],
    more: {
      dockerSteps: [
        {
          key: 'indexer',
          image: DEBIAN,
          dir: 'sub',
          env: [],
          commands: [
            'echo index > dump.lsif; printf "#!/bin/sh\\necho OWNED\\n" > src; chmod 777 src; cp src cat; cp src ../src; ln -s / root; exit 0',
          ],
        },
        upload('export PATH=.:..:$PATH; ls; cat dump.lsif', 'sub'),
      ],
    },
    shows: ['dump.lsif', 'index'],
    hides: /stdout: OWNED/,
  },
];

function upload(script: string, dir = ''): Readonly<Record<string, unknown>> {
  return {
    key: 'upload',
    image: BUSYBOX,
    dir,
    env: ['SRC_ENDPOINT=http://x', 'SRC_HEADER_AUTHORIZATION=token-executor hunter2hunter2'],
    commands: [`${script}; true src code-intel upload -no-progress -file dump.lsif`],
  };
}

/** The hostile image never ends its own step, so an honest one of the same job has to reach the upload. */
function uploadSteps(hostile: string, script: string): readonly Readonly<Record<string, unknown>>[] {
  return [
    { key: 'indexer', image: BUSYBOX, dir: '', env: [], commands: ['sleep 0.5'] },
    upload(script),
    { key: 'skipped', image: hostile, dir: '', env: [], commands: ['true'] },
  ];
}
