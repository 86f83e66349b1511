import { defaultPorts } from '../runtime/contract/ports.ts';
import type { Scenario } from './scenarios/scenario.ts';

export function helpText(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return `Usage: npm start -- [options]

Rehearse a canary release on this machine: Redis, three stable members and a canary, the proxy, the
console, a monitor, and traffic. Run until Ctrl-C, or play a scenario and check Perch's promises.

Options:
  --weight PERCENT      set the canary's weight, 0 to 100, up to two decimals (default 25)
  --affinity KIND       cookie: keep each visitor on one track; none (default)
  --port PORT           set the proxy's port (default ${defaultPorts.proxy})
  --traffic RPS         set requests per second, 0 to 2000 (default 50, or the scenario's)
  --workers N           set the proxy's worker processes, 1 to 16 (default 1)
  --scenario NAME       play one of the scenarios below
  --report FILE         write a report in JSON
  --quick               use shorter outages and fewer requests, for tests
  --tls                 serve https too, with a certificate of an authority on this machine (Pebble)
  --help                show this help

Scenarios:
${scenarios.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join('\n')}

While it runs, npx perch --rehearsal COMMAND is about it, in another terminal.

Exit codes: 0 every check passed, 1 a check failed or the rehearsal broke off, 2 bad input,
128 + signal number for an interrupted scenario.

Examples:
  npm start
  npm start -- --weight 33.33 --affinity cookie
  npm start -- --scenario swap --report report.json`;
}
