// npx cdk deploy --app "node examples/aws-private-endpoints/app.ts"
import { App } from 'aws-cdk-lib';
import { PrivateEndpointsStack } from './stack.ts';

const app = new App();
new PrivateEndpointsStack(app, 'executors');
app.synth();
