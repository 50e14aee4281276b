// One spec run three times over two repositories: its patches apply, a second run finds every step again, and a third one
// runs them anew, because a mounted file has changed.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import { asItIs, type Desk } from './world/desk.ts';

export async function patchesAndCache(desk: Desk, execution: 'native' | 'v1'): Promise<void> {
  const place = desk.place(execution);
  const out = path.join(place.folder, 'out');
  const first = place.run(asItIs, '--execution', execution, '--out', out);
  expect([await first.ended, first.output]).toEqual([0, expect.stringContaining('2 workspaces completed')]);
  expect(readdirSync(out).sort()).toEqual(['example.com_two.greet.patch', 'one.greet.patch', 'results.json']);
  for (const [repository, patch, text] of [
    ['one', 'one.greet.patch', 'hello\n'],
    ['two', 'example.com_two.greet.patch', 'hello\nfor example.com/two\n'],
  ] as const) {
    const copy = path.join(place.folder, repository);
    execFileSync('git', ['clone', '-q', desk.at(repository), copy]);
    execFileSync('git', ['-C', copy, 'apply', '-p0', path.join(out, patch)]);
    expect(readFileSync(path.join(copy, 'GREETING.md'), 'utf8')).toBe(text);
  }
  const second = place.run(asItIs, '--execution', execution);
  const cached = 'Every workspace is in the cache';
  expect([await second.ended, second.output]).toEqual([0, expect.stringContaining(cached)]);
  expect(first.output + second.output).not.toContain('hunter2-the-secret');
  place.say('hello again');
  const third = place.run(asItIs, '--execution', execution);
  expect([await third.ended, third.output]).toEqual([0, expect.stringContaining('0 queued, 0 running, 2 done')]);
}
