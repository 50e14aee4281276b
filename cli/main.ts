// `npm start`: the sandbox with the example or the user's own batch spec, or, with EXECUTOR_FRONTEND_URL set, an executor
// of that instance.
import { processEnvironment } from '#settings/environment.ts';
import { settingsHelp } from '#settings/help.ts';
import { helpText, parseArguments } from './arguments.ts';
import { UnreadableFile } from './dispatch-options.ts';
import { EXIT } from './exit-codes.ts';

// Nobody reads any more (`| head`, a log collector that died): the jobs matter more than what is said of them.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  switch (parsed.kind) {
    case 'help':
      print(helpText());
      return EXIT.ok;
    case 'settings':
      print(settingsHelp(process.stdout.isTTY ? process.stdout.columns : 100));
      return EXIT.ok;
    case 'usage':
      printError(`${parsed.message}\n\n${helpText()}`);
      return EXIT.usage;
    case 'run':
      break;
  }
  const environment = processEnvironment();
  try {
    if ((environment['EXECUTOR_FRONTEND_URL'] ?? '').trim() !== '') {
      const { executorMode } = await import('./executor-mode.ts');
      return await executorMode({ environment, print });
    }
    const { sandboxMode } = await import('./sandbox-mode.ts');
    return await sandboxMode({ arguments: parsed.arguments, environment });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    printError(error.message);
    return EXIT.usage;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}
