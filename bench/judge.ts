/**
 * `npm run bench:judge [-- OPTIONS]`: simulates rollouts in the worlds of docs/judge.md and prints
 * its tables as Markdown: all cells of Perch's judge, and the rules of other tools on the same
 * requests. The numbers are the same on every machine, because chance is seeded. All cells take
 * about twenty minutes of CPU time.
 *
 * - `--only TEXT`: only the cells whose row or name contains the text.
 * - `--runs N`: rollouts in each cell. Default: the cell's own number, mostly 1,000; 100 for peers.
 * - `--no-peers`, `--no-cells`: one of the two tables only.
 */
import { parseArgs } from 'node:util';
import { random } from '../test/core/analysis/binomial.ts';
import {
  PerchRule,
  runRollout,
  simulate,
  summary,
  type Rule,
  type Simulation,
} from '../test/core/analysis/simulation.ts';
import { cells } from '../test/core/analysis/worlds.ts';
import { duration, markdownTable, percent } from './judge/markdown.ts';
import { peerWorlds, type PeerWorld } from './judge/peer-worlds.ts';
import { argoRollouts } from './judge/peers/argo-rollouts.ts';
import { anyErrorAlarm, fivePercentAlarm } from './judge/peers/code-deploy.ts';
import { flagger } from './judge/peers/flagger.ts';
import { promoted } from './judge/peers/intervals.ts';
import { kayenta } from './judge/peers/kayenta.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string' },
    peers: { type: 'boolean', default: true },
    cells: { type: 'boolean', default: true },
  },
});
const wantedRuns = values.runs === undefined ? undefined : Number(values.runs);
const isWanted = (text: string) => text.includes(values.only);

const judges: readonly (readonly [name: string, begin: () => Rule])[] = [
  ['Perch', perch],
  ['Flagger', flagger],
  ['Argo Rollouts', argoRollouts],
  ['Kayenta', kayenta],
  ['CodeDeploy, alarm at any 5xx', anyErrorAlarm],
  ['CodeDeploy, alarm above 5%', fivePercentAlarm],
];

const perchSeconds = 3_600;

if (values.cells) printCells();
if (values.peers) printPeers();

function printCells(): void {
  const rows = cells
    .filter(({ row, name }) => isWanted(`${row}, ${name}`))
    .map(({ row, name, world, seed, until = 'harmful', runs = 1_000 }) => {
      const result = simulate(world, { runs: wantedRuns ?? runs, seed, until });
      console.error(`${row}, ${name}: ${percent(result.harmful)}`);
      return [row, name, ...measured(result)];
    });
  if (rows.length === 0) return;
  const head = ['world', 'cell', 'rollouts', 'ejected', 'safe', 'median requests', 'median time'];
  console.log(markdownTable(head, rows));
}

function measured({ runs, harmful, early, safe, medianRequests, medianSeconds }: Simulation) {
  return [
    String(runs),
    percent(harmful + early),
    percent(safe),
    Number.isNaN(medianRequests) ? 'none' : String(medianRequests),
    duration(medianSeconds),
  ];
}

function printPeers(): void {
  const worlds = peerWorlds.filter(({ name }) => isWanted(name));
  if (worlds.length === 0) return;
  const head = ['world', ...judges.map(([name]) => name)];
  for (const isHealthy of [true, false]) {
    const rows = worlds.filter((world) => world.isHealthy === isHealthy).map(peerRow);
    console.log(isHealthy ? '\nHealthy canaries ejected:\n' : '\nHarmful canaries found:\n');
    console.log(markdownTable(head, rows));
  }
}

/** Answers of all judges to the same requests. */
function peerRow({ name, isHealthy, world }: PeerWorld): string[] {
  const chance = random(31);
  const answers = Array.from({ length: wantedRuns ?? 100 }, () =>
    runRollout(
      world,
      chance,
      judges.map(([, begin]) => begin()),
    ),
  );
  const results = judges.map((_, index) => summary(answers.map((ofAll) => ofAll[index])));
  console.error(`${name}: ${results.map(({ harmful }) => percent(harmful)).join(', ')}`);
  return [
    name,
    ...results.map(({ harmful, medianSeconds }) => {
      const share = percent(harmful);
      return isHealthy || harmful < 0.5 ? share : `${share}, ${duration(medianSeconds)}`;
    }),
  ];
}

/** Perch's judge for an hour, the time in which the slowest of the others answers once. */
function perch(): Rule {
  const rule = new PerchRule();
  return { look: (look) => (look.atSeconds > perchSeconds ? promoted : rule.look(look)) };
}
