// Starting one more invocation of the dispatcher: an asynchronous Invoke of its own function, as the schedule makes one
// a minute. The function's own settings keep it from being repeated or held back (infra/dispatcher.ts).
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Dispatchers } from '#jobs/world.ts';
import type { DispatcherEvent } from '../dispatcher/event.ts';
import { callFailure } from './failures.ts';

const TO_STAND_BY: DispatcherEvent = { standBy: true };

export class LambdaDispatchers implements Dispatchers {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string) {
    this.#client = client;
    this.#functionName = functionName;
  }

  async startStandBy(signal: AbortSignal): ReturnType<Dispatchers['startStandBy']> {
    const command = new InvokeCommand({
      FunctionName: this.#functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(TO_STAND_BY),
    });
    try {
      await this.#client.send(command, { abortSignal: signal });
      return 'started';
    } catch (error) {
      const failure = callFailure(error);
      return failure.kind === 'refused' ? { kind: 'rejected', message: failure.message } : failure;
    }
  }
}
