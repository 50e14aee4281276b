// What the command tells the tests about the LocalStack that it has started; unset where there can be none.

export const LOCALSTACK_URL = 'LOCALSTACK_URL';
export const LOCALSTACK_FOLDER = 'LOCALSTACK_FOLDER';
export const LOCALSTACK_FUNCTION_ENVIRONMENT = 'LOCALSTACK_FUNCTION_ENVIRONMENT';

export interface Given {
  readonly url: string;
  /** For files of the run; removed by the command. */
  readonly folder: string;
  readonly functionEnvironmentFile: string;
}

export function givenLocalStack(): Given | undefined {
  const [url, folder, functionEnvironmentFile] = [
    process.env[LOCALSTACK_URL],
    process.env[LOCALSTACK_FOLDER],
    process.env[LOCALSTACK_FUNCTION_ENVIRONMENT],
  ];
  if (url === undefined || folder === undefined || functionEnvironmentFile === undefined) return undefined;
  return { url, folder, functionEnvironmentFile };
}
