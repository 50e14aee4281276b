// The two streams of one running step, read as they come. Each read is handed on before the next one is made, so a
// step that writes faster than its output is taken waits at a full pipe.
import { Socket } from 'node:net';
import { openPipe } from './agent-control.ts';
import type { StepOutput } from './step-container.ts';

/** How long after the step's end its streams may stay open: the agent has closed them, this is for a pipe nobody opened. */
const END_MS = 50;

export interface OpenOutput {
  /** Resolves when all that the ended step wrote has been handed on. */
  drain(): Promise<void>;
  /** Stops reading at once; nothing is handed on after it. */
  close(): void;
}

/** Throws when the pipes are not there. */
export function openOutput(control: string, output: StepOutput): OpenOutput {
  const stdout = openStream(control, 'stdout', output);
  let stderr: OpenOutput;
  try {
    stderr = openStream(control, 'stderr', output);
  } catch (error) {
    stdout.close();
    throw error;
  }
  return {
    drain: async () => {
      await Promise.all([stdout.drain(), stderr.drain()]);
    },
    close: () => {
      stdout.close();
      stderr.close();
    },
  };
}

function openStream(control: string, name: 'stdout' | 'stderr', output: StepOutput): OpenOutput {
  const socket = new Socket({ fd: openPipe(control, name, 'read'), readable: true, writable: false });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let reads = 0;
  socket.on('data', (bytes) => {
    reads += 1;
    output(name, bytes);
  });
  // Reading a pipe fails only with the machine; the stream's close follows, and what was read is the output.
  socket.on('error', () => undefined);
  const close = (): void => {
    socket.removeAllListeners('data');
    socket.destroy();
  };
  return { drain: () => drain(closed, () => reads, close), close };
}

/** Waits for the end of the stream, or until a turn of the event loop has found nothing more to read. */
async function drain(closed: Promise<void>, reads: () => number, close: () => void): Promise<void> {
  let seen = reads();
  const timer = setInterval(() => {
    // Timers come before reads in a turn of the event loop, setImmediate after them.
    setImmediate(() => {
      if (reads() === seen) close();
      seen = reads();
    });
  }, END_MS);
  await closed;
  clearInterval(timer);
}
