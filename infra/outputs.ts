// What an operator needs after a deployment, as stack outputs: the commands to look at the pool, and where things are.
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { logGroupName } from '#settings/pool-names.ts';
import type { Watched } from './alarms.ts';

export interface OutputsProps extends Watched {
  readonly status: lambda.IFunction;
  readonly dashboardName: string | undefined;
  /** The one address by which all of the pool leaves, where there is one. */
  readonly egressAddress: string | undefined;
}

export function addOutputs(scope: Construct, props: OutputsProps): void {
  const { dashboardName, egressAddress, functions, poolName, queues, status } = props;
  const { region } = Stack.of(scope);
  const output = (id: string, description: string, value: string): void => {
    new CfnOutput(scope, id, { description, value });
  };
  // The file holds the same as data. What AWS refuses goes to the terminal, and ends the command with a code.
  output(
    'StatusCommand',
    'How the pool is: token, dispatcher, jobs, image, quota, dead letters, last failures, console links',
    `aws lambda invoke --region ${region} --function-name ${status.functionName} executor-status.json >/dev/null && jq -r '.text // .errorMessage' executor-status.json`,
  );
  output(
    'AlarmsCommand',
    'Alarms that ring now, and what each means',
    `aws cloudwatch describe-alarms --region ${region} --alarm-name-prefix ${poolName}- --state-value ALARM --query "MetricAlarms[].[AlarmName,AlarmDescription,StateReason]" --output table`,
  );
  output(
    'LogCommand',
    "The dispatcher's lines as they come: token, URL, quota and launches",
    `aws logs tail --region ${region} --follow --since 10m ${logGroupName(poolName, 'dispatcher')}`,
  );
  output(
    'RedriveCommand',
    'Sends dead letters back to completion, once their cause is mended',
    `aws sqs start-message-move-task --region ${region} --source-arn ${queues.deadResults.queueArn}`,
  );
  output('ResultsQueueUrl', 'The queue that completion works on', queues.results.queueUrl);
  for (const { name, fn } of functions) output(`${name}Function`, `The ${name} function`, fn.functionName);
  if (egressAddress !== undefined) {
    output('EgressAddress', 'Everything of the pool reaches Sourcegraph from this address', egressAddress);
  }
  if (dashboardName !== undefined) {
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    output('DashboardUrl', 'The dashboard', `${console}#dashboards/dashboard/${dashboardName}`);
  }
}
