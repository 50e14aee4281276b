// Where tasks run: VPC, subnets, security groups, endpoints, cluster. By default public subnets without NAT gateway, so
// that an idle installation pays nothing for its network.
import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { arn } from './names.ts';
import type { NetworkProps } from './props.ts';

/** Of an interface endpoint, a month and zone, at us-east-1 in November 2026. */
export const ENDPOINT_DOLLARS = 7.3;

const FOR_TASKS = {
  EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  // Secrets of registries are read on the task's own network.
  SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
} as const;

const FOR_FUNCTIONS = {
  Ecs: ec2.InterfaceVpcEndpointAwsService.ECS,
  // A dispatcher that is alone starts another one.
  Lambda: ec2.InterfaceVpcEndpointAwsService.LAMBDA,
  Sqs: ec2.InterfaceVpcEndpointAwsService.SQS,
  ServiceQuotas: new ec2.InterfaceVpcEndpointAwsService('servicequotas'),
} as const;

export class ExecutorNetwork extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly selection: ec2.SubnetSelection;
  readonly securityGroups: readonly ec2.ISecurityGroup[];
  readonly clusterName: string;
  readonly clusterArn: string;
  /** The cluster, when it is ours: nothing may start before it has its capacity providers. */
  readonly ownCluster: Construct | undefined;
  /** Interface endpoints made here. */
  readonly endpointCount: number;
  /** Of `staticEgress`: the one address by which everything leaves. */
  readonly egressAddress: string | undefined;

  constructor(scope: Construct, id: string, poolName: string, props: NetworkProps) {
    super(scope, id);
    const address = props.staticEgress === true && props.vpc === undefined ? this.#makeAddress() : undefined;
    this.egressAddress = address?.attrPublicIp;
    this.vpc = props.vpc ?? this.#makeVpc(props, address);
    this.selection = props.subnets ?? { subnetType: defaultSubnetType(this.vpc, props) };
    this.subnets = this.vpc.selectSubnets(this.selection).subnets;
    this.securityGroups = props.securityGroups ?? [this.#makeSecurityGroup()];
    this.endpointCount = props.endpoints === true ? this.#makeEndpoints(props) : 0;
    if (props.cluster === undefined) {
      // Named, so that permissions can say which cluster without a reference to it.
      this.clusterName = poolName;
      this.clusterArn = arn(this, 'ecs', 'cluster', poolName);
      this.ownCluster = this.#makeCluster(poolName);
    } else {
      this.clusterName = props.cluster.clusterName;
      this.clusterArn = props.cluster.clusterArn;
      this.ownCluster = undefined;
    }
  }

  #makeAddress(): ec2.CfnEIP {
    return new ec2.CfnEIP(this, 'Egress', { domain: 'vpc' });
  }

  #makeVpc(props: NetworkProps, address: ec2.CfnEIP | undefined): ec2.IVpc {
    const { endpoints } = props;
    const closed = isPrivate(props);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: closed && endpoints !== true ? 1 : 0,
      ...(address === undefined
        ? {}
        : { natGatewayProvider: ec2.NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }) }),
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: closed
        ? endpoints === true
          ? [{ name: 'tasks', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }]
          : [
              { name: 'nat', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 28 },
              { name: 'tasks', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
            ]
        : // A task asks for its address itself; nothing else that lands here should get one.
          [{ name: 'tasks', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false }],
      // Free, and keeps payloads off NAT gateways and the internet.
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    acknowledge(
      vpc,
      'AwsSolutions-VPC7',
      'Flow logs cost more than the executor and show only what steps reach; pass a VPC that has them.',
    );
    // The library's class does not satisfy its own interface under exactOptionalPropertyTypes.
    return vpc as ec2.IVpc;
  }

  #makeSecurityGroup(): ec2.ISecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Tasks', {
      vpc: this.vpc,
      description: 'Tasks of the Sourcegraph executor: nothing in, out only to fetch code, packages and images',
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80), 'HTTP: package mirrors');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(22), 'SSH: git');
    return group;
  }

  #makeEndpoints(props: NetworkProps): number {
    const services = { ...FOR_TASKS, ...(areFunctionsInVpc(props) ? FOR_FUNCTIONS : {}) };
    for (const [id, service] of Object.entries(services)) {
      const endpoint = this.vpc.addInterfaceEndpoint(id, { service, subnets: this.selection, open: false });
      for (const group of this.securityGroups) {
        endpoint.connections.allowFrom(group, ec2.Port.tcp(443), 'Tasks and functions of the executor');
      }
    }
    // A VPC of our own has its gateways already.
    if (props.vpc !== undefined) {
      this.vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3, subnets: [this.selection] });
      this.vpc.addGatewayEndpoint('DynamoDb', {
        service: ec2.GatewayVpcEndpointAwsService.DYNAMODB,
        subnets: [this.selection],
      });
    }
    return Object.keys(services).length * this.zones();
  }

  #makeCluster(poolName: string): Construct {
    const cluster = new ecs.CfnCluster(this, 'Cluster', {
      clusterName: poolName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      clusterSettings: [{ name: 'containerInsights', value: 'disabled' }],
    });
    acknowledge(
      cluster,
      'AwsSolutions-ECS4',
      'Container Insights bills each metric of each task; what matters is on the dashboard of the pool.',
    );
    return cluster;
  }

  zones(): number {
    return new Set(this.subnets.map((subnet) => subnet.availabilityZone)).size;
  }

  /** Addresses for tasks, where all CIDR blocks are known; AWS keeps five of each subnet. */
  roomForTasks(): number | undefined {
    let room = 0;
    for (const subnet of this.subnets) {
      const mask = cidrMask(subnet);
      if (mask === undefined) return undefined;
      room += 2 ** (32 - mask) - 5;
    }
    return room;
  }
}

/** Whether tasks have no public address of their own. */
export function isPrivate({ network, staticEgress }: NetworkProps): boolean {
  return network === 'private' || staticEgress === true;
}

/** Whether the functions are in the VPC as well. */
export function areFunctionsInVpc({ functionsInVpc, staticEgress, ...props }: NetworkProps): boolean {
  // In a public subnet it is a mistake that is told, and that the library would throw over.
  return staticEgress === true || (functionsInVpc === true && isPrivate(props));
}

function defaultSubnetType(vpc: ec2.IVpc, props: NetworkProps): ec2.SubnetType {
  if (!isPrivate(props)) return ec2.SubnetType.PUBLIC;
  return vpc.privateSubnets.length > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED;
}

/** Imported subnets know their block only when they were told it, and throw otherwise. */
function cidrMask(subnet: ec2.ISubnet): number | undefined {
  let block: string;
  try {
    block = subnet.ipv4CidrBlock;
  } catch {
    return undefined;
  }
  if (Token.isUnresolved(block)) return undefined;
  const mask = Number(block.split('/')[1]);
  return Number.isInteger(mask) ? mask : undefined;
}
