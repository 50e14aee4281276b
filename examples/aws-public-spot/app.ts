// npx cdk deploy --app "node examples/aws-public-spot/app.ts"
import { App } from 'aws-cdk-lib';
import { PublicSpotStack } from './stack.ts';

const app = new App();
new PublicSpotStack(app, 'executor-spot');
app.synth();
