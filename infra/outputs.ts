// What an operator needs after a deployment, as stack outputs: the commands to look at the pool, and where things are.
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { logGroupName } from './names.ts';
import type { Watched } from './alarms.ts';

export interface OutputsProps extends Watched {
  readonly dashboardName: string | undefined;
}

export function addOutputs(scope: Construct, { poolName, queues, functions, dashboardName }: OutputsProps): void {
  const { region } = Stack.of(scope);
  const output = (id: string, description: string, value: string): void => {
    new CfnOutput(scope, id, { description, value });
  };
  output(
    'StatusCommand',
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
  if (dashboardName !== undefined) {
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    output('DashboardUrl', 'The dashboard', `${console}#dashboards/dashboard/${dashboardName}`);
  }
}
