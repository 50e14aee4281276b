// Outlives the program for a moment: started with the program's pipe as its standard input, and when that ends, however
// the program died, it kills every process that carries the program's marker. One per program, only without namespaces.
//
//   node watchdog.ts MARKER
import { killMarked } from '#runner/agent-host-processes.ts';

const [marker = ''] = process.argv.slice(2);
process.stdin.resume();
process.stdin.on('end', () => void killMarked(marker));
