/** `npm start`: rehearses a whole release on this machine. */
import { PerchError } from '../runtime/contract/perch-error.ts';
import { helpText } from './help.ts';
import { interruption } from './interruption.ts';
import { rehearsalOptions } from './rehearsal-options.ts';
import { rehearse } from './rehearsal.ts';
import { scenarios } from './scenarios/all-scenarios.ts';
import { Screen } from './screen.ts';

const failed = 1;
const badInput = 2;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PerchError)) console.error(error);
  else console.error(`rehearsal: ${error.message}`);
  process.exitCode = error instanceof PerchError && error.code === 'bad_input' ? badInput : failed;
}
// An interrupted scenario may still wait for something that never happens.
process.exit();

async function main(args: readonly string[]): Promise<number> {
  const options = rehearsalOptions(
    args,
    scenarios.map(({ name }) => name),
  );
  if (options === 'help') {
    console.log(helpText(scenarios));
    return 0;
  }
  let killAll: (() => void) | undefined;
  return await rehearse({
    options,
    scenario: scenarios.find(({ name }) => name === options.scenario),
    screen: new Screen(process.stdout),
    interrupted: interruption(() => killAll?.()),
    onStart: (kill) => {
      killAll = kill;
    },
  });
}
