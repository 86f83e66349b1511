import {
  architectureOfSize,
  distinctArchitectures,
  usualArchitecture,
  type Architecture,
} from '../../runtime/contract/architecture.ts';
import { defaultSize } from './default-size.ts';
import type { Values } from './schema.ts';

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
