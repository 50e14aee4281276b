// What a user has who tries a batch spec of her own: repositories, a spec with a script beside it, a file of secrets.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeRepository } from './jobs.ts';
import { Command } from './run.ts';

const SPEC = `
version: 2
name: greet
description: Adds a greeting
on:
  - repositoriesMatchingQuery: file:README.md
steps:
  - run: |
      sh /tmp/say.sh > GREETING.md
      echo "the token is $API_TOKEN"
    container: alpine:3
    env:
      - API_TOKEN
    mount:
      - path: scripts/say.sh
        mountpoint: /tmp/say.sh
  - run: echo "for \${{ repository.name }}" >> GREETING.md
    container: alpine:3
    if: \${{ matches repository.name "*two" }}
changesetTemplate:
  title: Greet
  body: A greeting
  branch: greet
  commit: {message: greet}
`;

/** Two repositories made by hand, and folders for runs over them. */
export class Desk {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sandbox-run-'));

  constructor() {
    makeRepository(this.at('one'));
    makeRepository(this.at('two'));
    writeFileSync(this.at('secrets.env'), 'API_TOKEN=hunter2-the-secret\n');
  }

  at(name: string): string {
    return path.join(this.folder, name);
  }

  place(name: string): Place {
    return new Place(this, name);
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A run in a folder of its own, with the spec changed as a user would change it. */
export class Place {
  readonly folder: string;
  readonly #desk: Desk;

  constructor(desk: Desk, name: string) {
    this.#desk = desk;
    this.folder = desk.at(name);
    mkdirSync(path.join(this.folder, 'scripts'), { recursive: true });
    this.say('hello');
  }

  say(text: string): void {
    writeFileSync(path.join(this.folder, 'scripts', 'say.sh'), `echo ${text}\n`);
  }

  get spec(): string {
    return path.join(this.folder, 'batch.yaml');
  }

  run(change: (spec: string) => string, ...more: string[]): Command {
    writeFileSync(this.spec, change(SPEC));
    return new Command([
      ...['--spec', this.spec, '--repo', this.#desk.at('one'), '--repo', `example.com/two=${this.#desk.at('two')}`],
      ...['--state', path.join(this.folder, 'state'), '--env-file', this.#desk.at('secrets.env'), ...more],
    ]);
  }
}

export const asItIs = (spec: string): string => spec;
