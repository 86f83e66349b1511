import { inMonitor } from './in-monitor.ts';

/**
 * Shell script that fails if services beside `service` are registered or have routes, and names them.
 * After an update or a destruction that failed, a guest may have only one of both. The script fails too if
 * nobody can say so.
 */
export function requireNoGuests(service: string): string {
  return [
    `routes=$(${inMonitor({ service }, ['route', 'list', '--json'])}) || exit 1`,
    `services=$(${inMonitor({ service }, ['service', 'list', '--json'])}) || exit 1`,
    `guests=$(echo "$routes" "$services" | grep -o '"service": *"[^"]*"' | cut -d '"' -f 4 | grep -vx '${service}' | sort -u)`,
    'if [ -n "$guests" ]; then',
    `  echo "service ${service} must have no guests before its hosts are destroyed; destroy their stacks first:" $guests >&2`,
    '  exit 1',
    'fi',
  ].join('\n');
}
