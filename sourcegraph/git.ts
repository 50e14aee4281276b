// The git route, /.executors/git/{repository}: git smart HTTP, fetch only. The runner runs git; here is what it calls
// and the headers that it must send.
import { jobHeaders, type Headers, type JobAccess } from './access.ts';

/** Clone URL of a repository, such as `github.com/sourcegraph/src-cli`. Holds no credentials. */
export function gitCloneUrl(frontendUrl: string, repositoryName: string): string {
  const path = repositoryName.split('/').map(encodeURIComponent).join('/');
  return `${frontendUrl}/.executors/git/${path}`;
}

/** The actor header makes the instance serve the repository whoever may see it; the job's token limits it to its own. */
export function gitHeaders(access: Omit<JobAccess, 'frontendUrl'>, fallbackExecutorToken: string | undefined): Headers {
  return { ...jobHeaders(access, fallbackExecutorToken), 'X-Sourcegraph-Actor-UID': 'internal' };
}
