// The CDK command of this project as its documentation says it, against LocalStack: by the standard variables alone.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ACCOUNT, ACCOUNT_ENVIRONMENT, REGION } from './account.ts';
import { type Ended, runCommand } from './command.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export type Context = Readonly<Record<string, string>>;

export interface Cdk {
  bootstrap(context: Context): Promise<Ended>;
  deploy(context: Context, outputsFile: string): Promise<Ended>;
  destroy(context: Context): Promise<Ended>;
}

/**
 * `folder`: where the command runs, because it keeps what it has looked up beside cdk.json and accounts by their keys
 * below its home.
 */
export function cdkAgainst(url: string, folder: string): Cdk {
  const config = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as object;
  const app = `node ${path.join(ROOT, 'infra', 'app.ts')}`;
  writeFileSync(path.join(folder, 'cdk.json'), JSON.stringify({ ...config, app }));
  const cdk = (context: Context, ...args: readonly string[]): Promise<Ended> => {
    const given = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    return runCommand(path.join(ROOT, 'node_modules', '.bin', 'cdk'), [...args, ...given], {
      cwd: folder,
      environment: {
        ...ACCOUNT_ENVIRONMENT,
        AWS_ENDPOINT_URL: url,
        HOME: folder,
        PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        NO_COLOR: '1',
      },
    });
  };
  return {
    bootstrap: (context) => cdk(context, 'bootstrap', `aws://${ACCOUNT}/${REGION}`),
    deploy: (context, outputsFile) =>
      cdk(context, 'deploy', '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputsFile),
    destroy: (context) => cdk(context, 'destroy', '--force'),
  };
}
