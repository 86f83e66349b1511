import {
  distinctArchitectures,
  usualArchitecture,
  type Architecture,
} from '../../runtime/contract/architecture.ts';
import { defaultSize } from './default-size.ts';
import type { Values } from './schema.ts';

/**
 * Families of instance types with ARM processors: `a1`, and those with a `g` after the generation's
 * number (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html).
 */
const armFamily = /^(a1|[a-z]+\d+[a-z]*g[a-z]*)(-[a-z0-9]+)?\./;

/** Architecture of an EC2 instance type. */
export function architectureOfSize(size: string): Architecture {
  return armFamily.test(size) ? 'arm64' : 'amd64';
}

/** Architectures of a stack's own hosts, each once. */
export function hostArchitectures({
  target,
  size = defaultSize.aws,
  servers,
}: Pick<Values, 'target' | 'size' | 'servers'>): Architecture[] {
  if (target === 'aws') return [architectureOfSize(size)];
  if (target !== 'server' || servers.length === 0) return [usualArchitecture];
  return distinctArchitectures(servers.map(({ architecture }) => architecture));
}
