// Images that are themselves the attack, made of the suites' own with the engine's builder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEBIAN, type HostileImage } from './attack.ts';

export function buildHostile({ tag, shell, lines = [], base }: HostileImage): void {
  const context = mkdtempSync(path.join(tmpdir(), 'hostile-'));
  const copy = shell === undefined ? [] : ['COPY sh /hostile/sh', 'RUN ["/bin/mv", "-f", "/hostile/sh", "/bin/sh"]'];
  writeFileSync(path.join(context, 'Dockerfile'), [`FROM ${base ?? DEBIAN}`, ...copy, ...lines, ''].join('\n'));
  if (shell !== undefined) writeFileSync(path.join(context, 'sh'), `#!/bin/bash\n${shell}\n`, { mode: 0o755 });
  try {
    execFileSync('docker', ['build', '-q', '-t', tag, context], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } finally {
    rmSync(context, { recursive: true });
  }
}
