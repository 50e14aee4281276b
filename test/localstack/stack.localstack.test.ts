// The stack, deployed by the CDK command into LocalStack and used as it is deployed: one story, from an operator's first
// mistakes to `cdk destroy`. Each part needs those before it.
import { afterAll, beforeAll, describe } from '@jest/globals';
import { givenLocalStack } from './environment.ts';
import { firstDeployment } from './parts/first-deployment.ts';
import { deployedSettings } from './parts/deployed-settings.ts';
import { wholeJobs } from './parts/whole-jobs.ts';
import { wiring } from './parts/wiring.ts';
import { deadLetters } from './parts/dead-letters.ts';
import { upgrade } from './parts/upgrade.ts';
import { destruction } from './parts/destruction.ts';
import { Stage } from './stage.ts';

const given = givenLocalStack();
const BOOTSTRAP_MS = 180_000;

(given === undefined ? describe.skip : describe)('the stack on LocalStack', () => {
  let stage: Stage | undefined;
  beforeAll(async () => {
    if (given !== undefined) stage = await Stage.set(given);
  }, BOOTSTRAP_MS);
  afterAll(() => stage?.world.close());
  const use = (): Stage => {
    if (stage === undefined) throw new Error('the account could not be bootstrapped');
    return stage;
  };

  firstDeployment(use);
  deployedSettings(use);
  wiring(use);
  wholeJobs(use);
  deadLetters(use);
  upgrade(use);
  destruction(use);
});
