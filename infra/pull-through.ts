// Where official Docker Hub images are pulled from: ECR Public has them all, byte for byte, without Docker Hub's limit;
// an ECR pull-through rule keeps copies of them in this account.
import { Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { pullThroughPrefix } from '#settings/pool-names.ts';
import { arn } from './names.ts';
import type { ImageProps } from './props.ts';

const OFFICIAL = 'docker/library';

export interface OfficialImages {
  /** What stands before the name of an official image; undefined: nothing, they come from Docker Hub. */
  readonly prefix: string | undefined;
  /** Repositories that the first pull of an image makes. */
  readonly cacheRepositories: string | undefined;
}

export function officialImages(
  scope: Construct,
  poolName: string,
  from: NonNullable<ImageProps['officialImages']>,
): OfficialImages {
  switch (from) {
    case 'docker-hub':
      return { prefix: undefined, cacheRepositories: undefined };
    case 'ecr-public':
      return { prefix: `public.ecr.aws/${OFFICIAL}`, cacheRepositories: undefined };
    case 'pull-through-cache': {
      const stack = Stack.of(scope);
      const cache = pullThroughPrefix(poolName);
      new ecr.CfnPullThroughCacheRule(scope, 'PullThroughRule', {
        ecrRepositoryPrefix: cache,
        upstreamRegistryUrl: 'public.ecr.aws',
      });
      return {
        prefix: `${stack.account}.dkr.ecr.${stack.region}.${stack.urlSuffix}/${cache}/${OFFICIAL}`,
        cacheRepositories: arn(scope, 'ecr', 'repository', `${cache}/*`),
      };
    }
  }
}
