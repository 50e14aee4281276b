// Saved Logs Insights queries over the structured lines of dispatcher, completion and step-runner.
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ExecutorLogGroups } from './log-groups.ts';

export function addQueries(scope: Construct, poolName: string, groups: ExecutorLogGroups): void {
  const all = [groups.dispatcher, groups.completion, groups.runner];
  const add = (id: string, name: string, query: logs.QueryStringProps): void => {
    new logs.QueryDefinition(scope, id, {
      queryDefinitionName: `${poolName}/${name}`,
      queryString: new logs.QueryString(query),
      logGroups: all,
    });
  };
  add('OneJob', "One job's life (set jobId)", {
    fields: [
      '@timestamp',
      'message',
      'queue',
      'jobId',
      'attempt',
      'event',
      'reason',
      'stopCode',
      'stoppedReason',
      'task',
    ],
    filterStatements: ['jobId = 0'],
    sort: '@timestamp asc',
    limit: 1000,
  });
  add('Failures', 'Errors and warnings', {
    fields: ['@timestamp', '@log', 'level', 'message', 'queue', 'jobId', 'reason'],
    filterStatements: ["level in ['ERROR', 'WARN', 'error', 'warn']"],
    sort: '@timestamp desc',
    limit: 500,
  });
  add('StopReasons', 'Why tasks stopped', {
    filterStatements: ['ispresent(stopCode)'],
    statsStatements: ['count(*) as tasks by stopCode, stoppedReason'],
    sort: 'tasks desc',
    limit: 100,
  });
}
