// Installations for the template tests: made without bundling and without building an image, which `npm run synth` does.
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { SourcegraphExecutor } from '#infra/executor.ts';
import type { SourcegraphExecutorProps } from '#infra/props.ts';

export interface Installation {
  readonly stack: Stack;
  readonly executor: SourcegraphExecutor;
}

/** Not synthesised yet. */
export function install(props: (stack: Stack) => Partial<SourcegraphExecutorProps> = () => ({})): Installation {
  const app = new App({
    // Takes ten seconds; `npm run synth` has it on.
    builtinCloudFormationValidation: false,
    context: {
      'aws:cdk:bundling-stacks': [],
      '@aws-cdk/aws-iam:minimizePolicies': false,
    },
  });
  const stack = new Stack(app, 'Test');
  const executor = new SourcegraphExecutor(stack, 'Executor', {
    frontendUrl: 'https://sourcegraph.example.com',
    accessToken: secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'sourcegraph/executor-token'),
    runnerImage: 'registry.example.com/step-runner@sha256:0123',
    ...props(stack),
  });
  return { stack, executor };
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

export type Resources = Readonly<Record<string, Resource>>;

export function resourcesOf(stack: Stack): Resources {
  return (Template.fromStack(stack).toJSON() as { Resources: Resources }).Resources;
}

export const ofType = (resources: Resources, type: string): readonly Resource[] =>
  Object.values(resources).filter((resource) => resource.Type === type);

/** References as short texts, so that what matters can be compared: `<Executor.Arn>`, `arn:<AWS::Partition>:...`. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return `<${withoutHash(Ref)}>`;
  if (Array.isArray(attribute)) return `<${withoutHash(String(attribute[0]))}.${String(attribute[1])}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(readable).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one)]));
}

/** Logical IDs end with eight digits of a hash. */
const withoutHash = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
