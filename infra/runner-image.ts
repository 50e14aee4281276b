// The step-runner's image: a given one, or built from runner/Dockerfile when the stack is deployed. Only deploying needs
// a container engine then; synthesising does not.
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { runnerImageContext } from './bundles.ts';
import type { ImageProps, TaskProps } from './props.ts';

export interface RunnerImage {
  readonly uri: string;
  /** The private repository that holds it, when ECS needs permission to pull from it. */
  readonly repositoryArn: string | undefined;
}

export function runnerImage(
  scope: Construct,
  given: ImageProps['runnerImage'],
  architecture: NonNullable<TaskProps['architecture']>,
): RunnerImage {
  if (given !== undefined) return { uri: given, repositoryArn: privateRepositoryArn(scope, given) };
  const image = new ecrAssets.DockerImageAsset(scope, 'RunnerImage', {
    directory: runnerImageContext(scope),
    platform: architecture === 'ARM64' ? ecrAssets.Platform.LINUX_ARM64 : ecrAssets.Platform.LINUX_AMD64,
  });
  return { uri: image.imageUri, repositoryArn: image.repository.repositoryArn };
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME[:TAG][@DIGEST]` */
function privateRepositoryArn(scope: Construct, image: string): string | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image);
  const [, account, region, name] = match ?? [];
  if (account === undefined || region === undefined || name === undefined) return undefined;
  return `arn:${Stack.of(scope).partition}:ecr:${region}:${account}:repository/${name}`;
}
