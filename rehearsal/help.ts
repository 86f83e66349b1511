import { defaultPorts } from '../runtime/contract/ports.ts';
import type { Scenario } from './scenarios/scenario.ts';

export function helpText(scenarios: readonly Scenario[]): string {
  const longest = Math.max(...scenarios.map(({ name }) => name.length));
  return `Usage: npm start -- [options]

Runs a whole canary release on this machine: Redis, three stable members and a canary, the proxy,
the console, and traffic. Goes on until Ctrl-C, or plays a scenario and says whether Perch kept
what it promises.

Options:
  --weight PERCENT      the canary's share, 0 to 100, two decimals at most (default 25)
  --affinity KIND       cookie: a visitor keeps their track; none (default)
  --port PORT           where the proxy listens (default ${defaultPorts.proxy})
  --traffic RPS         requests a second, 0 to 2000; 0 for none (default 50, or the scenario's)
  --workers N           worker processes of the proxy, 1 to 16 (default 1)
  --scenario NAME       one of those below
  --report FILE         write what happened, JSON
  --quick               shorter outages and fewer requests, for tests
  --help                this

Scenarios:
${scenarios.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`).join('\n')}

Exit codes: 0 all held, 1 something did not or went wrong, 2 bad input.

Examples:
  npm start
  npm start -- --weight 33.33 --affinity cookie
  npm start -- --scenario swap --report report.json`;
}
