// What the step agent reports, line by line. Anybody in its container can write into this pipe, so a line that is not
// exactly one of the agent's, with its secret, is nothing.

export interface AgentExit {
  readonly id: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

export type AgentReport = { readonly kind: 'ready' } | ({ readonly kind: 'exit' } & AgentExit);

/** Longer than any line of the agent. */
const LINE_MAX = 256;

/** Takes the pipe's bytes as they come and gives the reports in them. */
export class AgentStatus {
  readonly #secret: string;
  #rest = '';

  constructor(secret: string) {
    this.#secret = secret;
  }

  push(bytes: Uint8Array): AgentReport[] {
    const lines = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-LINE_MAX);
    return lines.flatMap((line) => this.#parse(line));
  }

  #parse(line: string): AgentReport[] {
    if (line === 'ready') return [{ kind: 'ready' }];
    const [verb, secret, id, exitCode, killed, ...more] = line.split(' ');
    if (verb !== 'exit' || secret !== this.#secret || id === undefined || more.length > 0) return [];
    if (!/^\d{1,3}$/.test(exitCode ?? '') || !/^\d+$/.test(killed ?? '')) return [];
    return [{ kind: 'exit', id, exitCode: Number(exitCode), oomKilled: Number(killed) > 0 }];
  }
}
