// The CDK app of this project: one stack from the context. `npx cdk synth` needs neither account nor container engine.
import { App } from 'aws-cdk-lib';
import { contextProps } from './context-props.ts';
import { parseContext } from './context.ts';
import { DEFAULTS } from './defaults.ts';
import { SourcegraphExecutorStack } from './stack.ts';

const app = new App();
const parsed = parseContext(app.node.getAllContext() as Record<string, unknown>);
if (parsed.kind === 'invalid') {
  process.stderr.write(`The context cannot be used:\n${parsed.problems.map((problem) => `  - ${problem}\n`).join('')}`);
  process.exitCode = 1;
} else {
  const { context } = parsed;
  const account = process.env['CDK_DEFAULT_ACCOUNT'];
  const region = process.env['CDK_DEFAULT_REGION'];
  new SourcegraphExecutorStack(
    app,
    context.poolName ?? DEFAULTS.poolName,
    (stack) => contextProps(stack, context),
    account === undefined || region === undefined ? {} : { env: { account, region } },
  );
  app.synth();
}
