// A changeset spec: what the instance makes a changeset of (`batches.ChangesetSpec` of Sourcegraph's lib/batches), and its
// JSON, which is uploaded.
import { Buffer } from 'node:buffer';
import { encodeString, encodeValue } from '../go/json-encode.ts';
import { decodeText } from '../go/text.ts';
import type { GoValue } from '../go/values.ts';

export interface CommitDescription {
  readonly message: string;
  readonly diff: Uint8Array;
  /** The diff is written as base64, so that it may hold any bytes (version 2). */
  readonly binary: boolean;
  readonly authorName: string;
  readonly authorEmail: string;
}

export interface BranchChangesetSpec {
  readonly kind: 'branch';
  /** GraphQL ID, of the repository with the base and with the head. */
  readonly repositoryId: string;
  readonly baseRev: string;
  readonly baseRef: string;
  readonly headRef: string;
  readonly title: string;
  readonly body: string;
  readonly commit: CommitDescription;
  /** null: decided on the instance. */
  readonly published: GoValue;
  readonly fork: boolean | null;
}

/** A changeset that exists on the code host and is to be tracked. */
export interface ImportedChangesetSpec {
  readonly kind: 'imported';
  readonly repositoryId: string;
  readonly externalId: string;
}

export type ChangesetSpec = BranchChangesetSpec | ImportedChangesetSpec;

type Member = readonly [name: string, json: string | null];

/** `json.Marshal` of the spec. */
export function changesetSpecJson(spec: ChangesetSpec): string {
  if (spec.kind === 'imported') {
    return object([
      ['baseRepository', text(spec.repositoryId)],
      ['externalID', text(spec.externalId)],
    ]);
  }
  return object([
    ['baseRepository', text(spec.repositoryId)],
    ['baseRev', text(spec.baseRev)],
    ['baseRef', text(spec.baseRef)],
    ['headRepository', text(spec.repositoryId)],
    ['headRef', text(spec.headRef)],
    ['title', text(spec.title)],
    ['body', text(spec.body)],
    ['commits', `[${commitJson(spec.commit)}]`],
    ['published', spec.published === null ? null : encodeValue(spec.published)],
    ['fork', spec.fork === null ? null : String(spec.fork)],
  ]);
}

function commitJson(commit: CommitDescription): string {
  const diff = commit.binary ? Buffer.from(commit.diff).toString('base64') : decodeText(commit.diff);
  return object([
    ['version', commit.binary ? '2' : null],
    ['message', text(commit.message)],
    ['diff', text(diff)],
    ['authorName', text(commit.authorName)],
    ['authorEmail', text(commit.authorEmail)],
  ]);
}

/** Empty texts are left out. */
function text(value: string): string | null {
  return value === '' ? null : encodeString(value);
}

function object(members: readonly Member[]): string {
  return `{${members.flatMap(([name, json]) => (json === null ? [] : [`${encodeString(name)}:${json}`])).join(',')}}`;
}
