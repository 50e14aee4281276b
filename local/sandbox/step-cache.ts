// Cached step results between runs: one file a key, as the instance keeps one row a key. A file that cannot be read is a
// cache miss: its step simply runs.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unmarshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult } from '#batches/step-result.ts';
import type { CacheEntry } from './step-results.ts';

export class StepCache {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async find(key: string): Promise<AfterStepResult | undefined> {
    const text = await readFile(this.file(key), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const result = unmarshalStepResult(text);
    return result.kind === 'error' ? undefined : result.value;
  }

  async store(entry: CacheEntry): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const file = this.file(entry.key);
    // Renamed into place, so that a run that is killed never leaves half a result.
    const temporary = `${file}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(entry.value));
    await rename(temporary, file);
  }

  // A key comes out of a job's log: hashed, it cannot name a file elsewhere.
  private file(key: string): string {
    return path.join(this.folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  }
}
