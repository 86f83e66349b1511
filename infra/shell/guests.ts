import { inMonitor } from './in-monitor.ts';

/**
 * Shell script that fails if services beside the stack's own are registered or have routes, and names them.
 * After an update or a destruction that failed, a guest may have only one of both. The script fails too if
 * nobody can say so.
 * @param others the stack's further services, such as its console.
 */
export function requireNoGuests(service: string, others: readonly string[] = []): string {
  const withoutOwn = [service, ...others].map((name) => ` | grep -vx '${name}'`).join('');
  return [
    `routes=$(${inMonitor({ service }, ['route', 'list', '--json'])}) || exit 1`,
    `services=$(${inMonitor({ service }, ['service', 'list', '--json'])}) || exit 1`,
    `guests=$(echo "$routes" "$services" | grep -o '"service": *"[^"]*"' | cut -d '"' -f 4${withoutOwn} | sort -u)`,
    'if [ -n "$guests" ]; then',
    `  echo "service ${service} must have no guests before its hosts are destroyed; destroy their stacks first:" $guests >&2`,
    '  exit 1',
    'fi',
  ].join('\n');
}
