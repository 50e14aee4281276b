// Making the step-runner write, read or run something else than it means to, by way of the workspace that it shares.
import { cacheKeyOfHelper } from '#batches/cache-key.ts';
import { parseExecutionInput } from '#batches/input.ts';
import type { JobTemplate } from '#local/sandbox/jobs.ts';
import { type Attack, BUSYBOX, DEBIAN, one, then } from '../attack.ts';

const SCRIPTS = '/job/.sourcegraph-executor';
const OUTSIDE = /refusing to write outside of working directory/;

export const WORKSPACE: readonly Attack[] = [
  {
    name: "change the next step's script",
    end: 'refused',
    steps: then(`for f in ${SCRIPTS}/*; do echo "echo owned" > $f; done; exit 0`, 'echo mine'),
    shows: ['mine'],
    hides: /stdout: owned/,
  },
  {
    name: "keep the next step's script open and write into it while it runs",
    end: 'refused',
    steps: then(
      `for f in ${SCRIPTS}/*; do ln $f /job/kept-$(basename $f); done; exit 0`,
      `for f in /job/kept-*; do echo "echo owned" >> "$f"; done; sleep 0.1; echo mine`,
    ),
    shows: ['mine'],
    hides: /stdout: owned/,
  },
  {
    name: "make the scripts' folder a link to somewhere of the step-runner's",
    end: 'refused',
    steps: then(`rm -rf ${SCRIPTS}; ln -s /step-runner ${SCRIPTS}; exit 0`, 'echo mine'),
    state: 'errored',
    says: OUTSIDE,
    hides: /stdout: mine/,
  },
  {
    name: "make the next script a link to a file of the step-runner's",
    end: 'refused',
    steps: then(`for f in ${SCRIPTS}/*; do rm $f; ln -s /step-runner/runner.cjs $f; done; exit 0`, 'echo mine'),
    state: 'errored',
    says: OUTSIDE,
    hides: /stdout: mine/,
  },
  {
    name: 'put a pipe nobody reads in the place of the next script',
    end: 'refused',
    steps: then(`for f in ${SCRIPTS}/*; do rm $f; mkfifo $f; done; exit 0`, 'echo mine'),
    shows: ['mine'],
  },
  {
    name: 'put a folder in the place of the next script',
    end: 'refused',
    steps: then(`for f in ${SCRIPTS}/*; do rm $f; mkdir -p $f/x; done; exit 0`, 'echo mine'),
    state: 'errored',
    says: /is a directory/,
  },
  {
    name: "link files of the step-runner's into the workspace",
    end: 'refused',
    steps: one(
      'ln /control/agent.sh /job/agent || echo refused; ln /etc/hosts /job/hosts || echo refused; ln /etc/passwd /job/passwd || echo refused',
    ),
    shows: ['refused', 'refused', 'refused'],
  },
  {
    name: 'leave the workspace by the folder of a step',
    end: 'harmless',
    steps: () => [
      { image: BUSYBOX, commands: ['pwd; ls -d /step-runner || echo own'], dir: '../../../control' },
      { image: BUSYBOX, commands: ['ls /job'], dir: 'a/../../../step-runner' },
    ],
    state: 'errored',
    shows: ['/control', 'own'],
  },
  {
    name: 'leave the workspace by a file that the job brings along',
    end: 'refused',
    steps: one('echo ran'),
    more: { version: 2, files: { '../step-runner/runner.cjs': { content: Buffer.from('owned').toString('base64') } } },
    state: 'errored',
    says: OUTSIDE,
  },
  {
    name: "make teardown follow a link to the step-runner's own files",
    end: 'harmless',
    steps: one('ln -s /step-runner /job/a; ln -s /control /job/b; mkdir -p /job/c; ln -s / /job/c/d; exit 0'),
    also: (job) => (job.logs.some(({ key }) => key === 'teardown.fs') ? [] : ['no teardown']),
  },
  {
    name: "skip the steps that follow by a skip.json of one's own",
    end: 'refused',
    batches: true,
    steps: then(
      'for n in nowhere step.1.post step.2.pre; do echo "{\\"nextStep\\":\\"$n\\"}" > ../skip.json; done; exit 0',
      'echo not skipped',
    ),
    shows: ['not skipped'],
    also: (job) => {
      const keys = job.logs.map(({ key }) => key.replace('step.docker.', ''));
      const missing = ['step.0.post', 'step.1.pre', 'step.1.run', 'step.1.post'].filter((key) => !keys.includes(key));
      return missing.map((key) => `${key} was skipped`);
    },
  },
  {
    name: "put results under another job's cache key by changing the input",
    end: 'refused',
    batches: true,
    steps: () => [
      {
        image: BUSYBOX,
        commands: ['sed -i s,acme/demo,acme/bank,g ../input.json; grep -c bank ../input.json; echo x > new; exit 0'],
      },
    ],
    shows: [/^1$/m],
    // The key of what the job brought, as the instance itself makes it.
    also: (job) => {
      const post = job.logs.find(({ key }) => key === 'step.docker.step.0.post')?.out ?? '';
      const honest = honestKey(job.template);
      return post.includes(`"key":"${honest}"`) ? [] : [`the key is not ${honest}: ${post.slice(0, 500)}`];
    },
  },
  {
    name: 'forge the result of an earlier step for the batches programs',
    end: 'harmless',
    batches: true,
    steps: then(
      'echo "{\\"version\\":2,\\"diff\\":\\"Zm9yZ2Vk\\",\\"outputs\\":{\\"a\\":\\"owned\\"},\\"skipped\\":true}" > ../step0.json; ln -sf /etc/passwd ../step1.json; exit 0',
      'echo x > y',
    ),
    also: (job) => {
      const post = job.logs.find(({ key }) => key === 'step.docker.step.1.post')?.out ?? '';
      return /owned|Zm9yZ2Vk|root:/.test(post) ? [`post says ${post.slice(0, 500)}`] : [];
    },
  },
  {
    name: "read the step-runner's files by links in place of what the batches programs read",
    end: 'refused',
    batches: true,
    // The step's `tee` may make the file only after the script has begun.
    steps: one(
      'while [ ! -e ../stdout0.log ]; do sleep 0.01; done; rm ../stdout0.log; ln -s /etc/passwd ../stdout0.log; exit 0',
    ),
    state: 'errored',
    hides: /root:x/,
  },
  {
    name: 'change the workspace of another job',
    end: 'refused',
    steps: one('find / -xdev -name "*-job" -o -name "sourcegraph-executor-*" | head; grep -c " /job " /proc/mounts'),
    shows: [/^1$/m],
    hides: /stdout: \//,
  },
];

function honestKey(template: JobTemplate): string {
  const { 'input.json': file } = template['files'] as Readonly<Record<string, { readonly content: string }>>;
  const input = parseExecutionInput(Buffer.from(file?.content ?? '', 'base64').toString());
  if (input.kind === 'error') throw new Error(input.message);
  const key = cacheKeyOfHelper(input.value, 0, [], null);
  return key.kind === 'key' ? key.key : key.message;
}

/** Plants something in the repository as a step; the step-runner's git then works on it. */
const planted = (name: string, plant: string): Attack => ({
  name: `make git run something as the step-runner by ${name}`,
  end: 'refused',
  batches: true,
  steps: () => [
    {
      image: DEBIAN,
      commands: [
        'export HOME=/tmp; git config --global safe.directory "*"; git config --global user.email a@b; git config --global user.name a',
        'printf "#!/bin/sh\\necho owned > /job/owned\\ncat\\n" > /job/evil; chmod 777 /job/evil',
        plant,
        'echo changed >> README.md; exit 0',
      ],
    },
    { image: BUSYBOX, commands: ['ls /job/owned || echo not owned; exit 0'] },
  ],
  shows: ['not owned'],
  also: (job) => {
    const post = job.logs.find(({ key }) => key === 'step.docker.step.0.post')?.out ?? '';
    return post.includes('CACHE_AFTER_STEP_RESULT') ? [] : [`git did not get to work: ${post.slice(0, 300)}`];
  },
});

export const GIT: readonly Attack[] = [
  planted(
    'core.fsmonitor and hooks',
    'git config core.fsmonitor /job/evil; git config core.hooksPath /job/h; mkdir /job/h; for h in post-index-change pre-commit reference-transaction post-checkout; do cp /job/evil /job/h/$h; cp /job/evil .git/hooks/$h; done',
  ),
  planted(
    'filters of .gitattributes',
    'git config filter.x.clean /job/evil; git config filter.x.process /job/evil; git config filter.x.required true; echo "* filter=x" | tee .gitattributes > .git/info/attributes',
  ),
  planted(
    'diff drivers, text conversions and pagers',
    'git config diff.external /job/evil; git config diff.x.command /job/evil; git config diff.x.textconv /job/evil; git config core.pager /job/evil; git config pager.diff true; echo "* diff=x" > .gitattributes',
  ),
  planted(
    'included settings',
    'printf "[core]\\n\\tfsmonitor = /job/evil\\n[diff]\\n\\texternal = /job/evil\\n" > /job/inc; git config include.path /job/inc; git config "includeIf.gitdir:/.path" /job/inc; git config extensions.worktreeConfig true; cp /job/inc .git/config.worktree',
  ),
  planted(
    'alternates and promised objects',
    'echo /job/elsewhere > .git/objects/info/alternates; git config core.alternateRefsCommand /job/evil; git config remote.origin.url "ext::/job/evil"; git config remote.origin.promisor true; git config extensions.partialClone origin; git config protocol.ext.allow always; git config core.sshCommand /job/evil',
  ),
  planted(
    'submodules and nested repositories',
    'git init -q sub; (cd sub; git commit -q --allow-empty -m x; git config core.fsmonitor /job/evil; git config core.hooksPath /job/h); mkdir /job/h; cp /job/evil /job/h/post-index-change; printf "[submodule \\"sub\\"]\\n\\tpath = sub\\n\\turl = ext::/job/evil\\n\\tupdate = checkout\\n" > .gitmodules; git config submodule.sub.update "!/job/evil"; git add sub; echo dirty > sub/x',
  ),
  {
    ...planted(
      'a .git that is a link or a file that leads elsewhere',
      'mv .git /job/moved; git -C /job/moved config core.fsmonitor /job/evil; ln -s /job/moved .git',
    ),
    state: 'errored',
    shows: [],
    hides: /stdout: \/job\/owned/,
    also: (job) =>
      job.logs.some(({ out }) => /not a git repository|failed to add all files/.test(out))
        ? []
        : ['it was taken for a repository'],
  },
  {
    name: "read the step-runner's files by an index whose entries lead out of the repository",
    end: 'refused',
    batches: true,
    steps: () => [
      {
        image: DEBIAN,
        commands: [
          'export HOME=/tmp; git config --global safe.directory "*"; git config --global user.email a@b; git config --global user.name a',
          // git itself writes no such entry; the checksum is made anew, the name keeps its length.
          'n=aa/aa/etc/debian_version; mkdir -p aa/aa/etc; echo x > $n; git add --all; git commit -qm x',
          `perl -MDigest::SHA -e 'print "can\\n"' || echo "no perl module"; perl -0777 -e 'open F,"<:raw",".git/index"; $_=<F>; $_=substr($_,0,-20); s,aa/aa/etc/debian_version,../../etc/debian_version,; open O,">:raw","/tmp/index"; print O $_'; (cat /tmp/index; sha1sum /tmp/index | cut -c1-40 | perl -ne 'chomp; print pack("H*",$_)') > .git/index; git ls-files | tail -1; rm -rf aa; exit 0`,
        ],
      },
      {
        image: DEBIAN,
        commands: [
          'export HOME=/tmp; git config --global safe.directory "*"; v=$(cat /etc/debian_version); for o in $(git cat-file --batch-check --batch-all-objects | grep blob | cut -d" " -f1); do [ "$(git cat-file -p $o)" = "$v" ] && echo READ; done; echo looked; exit 0',
        ],
      },
    ],
    shows: ['../../etc/debian_version', 'looked'],
    hides: /stdout: READ/,
  },
];
