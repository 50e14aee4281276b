// A program that starts one task on the process engine and waits to be killed: orphan-program.ts STATE ISOLATION SLEEP
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { SCRIPTED_RUNNERS } from '../../../contracts/scripted-task.ts';
import { scriptedTask } from '../../../contracts/scripted-task.ts';

const [stateFolder = '', isolation, argument = ''] = process.argv.slice(2);
const engine = await openProcessEngine({
  runnerCommand: SCRIPTED_RUNNERS,
  stateFolder,
  environment: process.env,
  isolation: isolation === 'never' ? 'never' : 'where-possible',
  runnerOutput: 'ignore',
});
const script = `trap '' TERM HUP; (setsid sleep ${argument} &); sleep ${argument}`;
await engine.start({ ...scriptedTask({ runner: script, steps: [script] }, ''), startedBy: 'orphan' });
