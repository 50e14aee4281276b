// npm run synth: the project's own app and the examples, synthesised as a deployment would, bundles and all, but without
// account, network and container engine; then judged by cdk-nag (AwsSolutions) and, where it is installed, cfn-lint.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PrivateEndpointsStack } from '../../examples/aws-private-endpoints/stack.ts';
import { PublicSpotStack } from '../../examples/aws-public-spot/stack.ts';
import { FUNCTIONS } from '#build/bundle.ts';
import { contextProps } from '#infra/context-props.ts';
import { parseContext } from '#infra/context.ts';
import { SourcegraphExecutorStack } from '#infra/stack.ts';

/** Lambda starts a bundle the faster the smaller it is. */
const BUNDLE_BYTES_MAX = 1_000_000;

const outdir = mkdtempSync(path.join(tmpdir(), 'synth-'));
const failures: string[] = [];

function fail(message: string): void {
  failures.push(message);
  console.error(`FAILED: ${message}`);
}

const app = new App({ outdir, analyticsReporting: false });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const parsed = parseContext({
  frontendUrl: 'https://sourcegraph.example.com',
  accessTokenSecret: 'sourcegraph/executor-token',
});
if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'));
new SourcegraphExecutorStack(app, 'executor', (stack) => contextProps(stack, parsed.context));
new PublicSpotStack(app, 'executor-spot');
new PrivateEndpointsStack(app, 'executors');

try {
  const assembly = app.synth();
  for (const stack of assembly.stacks) {
    const resources = (stack.template as { Resources: object }).Resources;
    console.log(`${stack.stackName}: ${Object.keys(resources).length} resources`);
    for (const { entry, level } of stack.messages) {
      const severity: string = level;
      if (severity === 'error') fail(`${stack.stackName}: ${JSON.stringify(entry.data)}`);
    }
  }
  checkBundles();
  runCommand();
  lint(assembly.stacks.map((stack) => stack.templateFullPath));
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
process.exitCode = failures.length > 0 ? 1 : 0;

function checkBundles(): void {
  const bundles = readdirSync(outdir)
    .map((name) => path.join(outdir, name, 'index.mjs'))
    .filter((file) => existsSync(file));
  // Shared by all stacks; the library's own helper is CommonJS.
  if (bundles.length !== FUNCTIONS.length) fail(`expected ${FUNCTIONS.length} bundles, found ${bundles.length}`);
  for (const file of bundles) {
    const bytes = readFileSync(file).length;
    console.log(`bundle: ${bytes} bytes`);
    if (bytes > BUNDLE_BYTES_MAX) fail(`a bundle has ${bytes} bytes, more than ${BUNDLE_BYTES_MAX}`);
  }
}

/** As the documentation says it, by somebody without credentials. */
function runCommand(): void {
  const output = path.join(outdir, 'command');
  const given = ['frontendUrl=https://sourcegraph.example.com', 'accessTokenSecret=sourcegraph/executor-token'];
  const cdk = (context: readonly string[]) =>
    spawnSync(
      path.join('node_modules', '.bin', 'cdk'),
      ['synth', '--quiet', '--output', output, ...context.flatMap((one) => ['-c', one])],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: outdir, CDK_DISABLE_CLI_TELEMETRY: 'true' } },
    );
  const right = cdk(given);
  if (right.status !== 0) fail(`cdk synth:\n${right.stdout}${right.stderr}`);
  const wrong = cdk([...given, 'capacity=cheap']);
  const told = wrong.stderr.includes('capacity must be one of on-demand, spot, spot-with-fallback');
  if (wrong.status === 0 || !told) fail(`cdk synth took a wrong context:\n${wrong.stdout}${wrong.stderr}`);
  console.log('cdk synth: a right context passes, a wrong one is refused with its fix');
}

function lint(templates: readonly string[]): void {
  // W3005: the library writes dependencies that references imply already.
  const run = spawnSync('cfn-lint', ['--ignore-checks', 'W3005', '--', ...templates], { encoding: 'utf8' });
  if (run.error !== undefined) console.log('cfn-lint is not installed here and was not run');
  else if (run.status !== 0) fail(`cfn-lint:\n${run.stdout}${run.stderr}`);
  else console.log('cfn-lint: no findings');
}
