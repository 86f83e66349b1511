import type { Fleet } from './parts/fleet.ts';

/** Command that a person may try in another terminal, and what it does. */
export interface Tip {
  readonly command: string;
  readonly effect: string;
}

/** Things to try while a rehearsal runs, the most instructive first. */
export function tipsOf({ canary }: Pick<Fleet, 'canary'>): Tip[] {
  const perch = 'npx perch --rehearsal';
  const fault = (settings: object) => `curl -d '${JSON.stringify(settings)}' ${canary.url}/faults`;
  return [
    { command: `${perch} status`, effect: 'what is released, and what the judge says' },
    { command: fault({ 'error-share': 50 }), effect: 'break the canary' },
    { command: fault({}), effect: 'mend it' },
    { command: `${perch} reinstate --reason mended`, effect: 'bring it back' },
    { command: `${perch} weight 50`, effect: 'give it half of the traffic' },
    { command: `${perch} flags toggle new_feature`, effect: 'switch a feature' },
    { command: `${perch} --help`, effect: 'everything else' },
  ];
}

/** Lines with the tips, for a terminal that is 80 columns wide. */
export function tipLines(tips: readonly Tip[]): string[] {
  const width = Math.max(...tips.map(({ command }) => command.length));
  return [
    'Try in another terminal:',
    ...tips.map(({ command, effect }) => `  ${command.padEnd(width)}  ${effect}`),
  ];
}
