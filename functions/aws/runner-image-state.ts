// Whether the step-runner's image is there. Only a private ECR can be asked without pulling it.
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { QUICK } from './client-settings.ts';
import { callFailure } from './failures.ts';

export type RunnerImageState =
  | { readonly kind: 'there' }
  | { readonly kind: 'missing'; readonly why: string }
  /** In another registry, or not ours to look at. */
  | { readonly kind: 'unknown'; readonly why: string };

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME[:TAG][@DIGEST]` */
const PRIVATE_ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/;

export async function readRunnerImageState(image: string): Promise<RunnerImageState> {
  const [, registryId, region, repositoryName, imageTag, imageDigest] = PRIVATE_ECR.exec(image) ?? [];
  if (registryId === undefined || region === undefined || repositoryName === undefined) {
    return { kind: 'unknown', why: 'it is in no private ECR, so only a task can tell' };
  }
  const client = new ECRClient({ ...QUICK, region });
  const id = imageDigest === undefined ? { imageTag: imageTag ?? 'latest' } : { imageDigest };
  try {
    await client.send(new DescribeImagesCommand({ registryId, repositoryName, imageIds: [id] }));
    return { kind: 'there' };
  } catch (error) {
    const failure = callFailure(error);
    const missing = failure.kind === 'refused' && /^(Image|Repository)NotFoundException$/.test(failure.name);
    return { kind: missing ? 'missing' : 'unknown', why: failure.message };
  } finally {
    client.destroy();
  }
}
