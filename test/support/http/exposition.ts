/** One series of a text in Prometheus' format. */
export interface ExposedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"/;
const suffixes: Readonly<Record<string, RegExp>> = { histogram: /_(bucket|sum|count)$/ };

/**
 * Reads a text in Prometheus' format as strictly as its parser does, and more: each family has one HELP
 * and one TYPE before its samples, its samples stand together, and no series stands twice.
 * @throws Error with the line that breaks a rule.
 */
export function parseExposition(text: string): ExposedSeries[] {
  if (!text.endsWith('\n')) throw new Error('the text does not end with a newline');
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const seen = new Set<string>();
  const series: ExposedSeries[] = [];
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string) => new Error(`${why}: ${line}`);
    if (line === '') continue;
    const [, kind, metric = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (line.startsWith('#')) {
      if (kind === undefined) throw fail('a comment that is neither HELP nor TYPE');
      const isRepeated = kind === 'HELP' ? helps.has(metric) : types.has(metric);
      if (isRepeated) throw fail(`a second ${kind}`);
      if (kind === 'HELP') helps.add(metric);
      else types.set(metric, rest);
      family = metric;
      continue;
    }
    const read = seriesIn(line);
    if (read === undefined) throw fail('no sample');
    const suffix = suffixes[types.get(family) ?? ''] ?? /$/;
    if (read.name.replace(suffix, '') !== family) throw fail(`a sample among those of ${family}`);
    if (!helps.has(family) || !types.has(family)) throw fail('a family without HELP or TYPE');
    const id = JSON.stringify([read.name, Object.entries(read.labels).toSorted()]);
    if (seen.has(id)) throw fail('a series that stands twice');
    seen.add(id);
    series.push(read);
  }
  return series;
}

function seriesIn(line: string): ExposedSeries | undefined {
  const [metric] = name.exec(line) ?? [];
  if (metric === undefined) return undefined;
  const labels: Record<string, string> = {};
  let rest = line.slice(metric.length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const [whole, key, value] = label.exec(rest) ?? [];
      if (whole === undefined || key === undefined || value === undefined) return undefined;
      if (key in labels) return undefined;
      labels[key] = value;
      rest = rest.slice(whole.length).replace(/^,/, '');
    }
    rest = rest.slice(1);
  }
  const [, number] = /^ (\S+)$/.exec(rest) ?? [];
  const value = Number(number?.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'));
  if (number === undefined || (Number.isNaN(value) && number !== 'NaN')) return undefined;
  return { name: metric, labels, value };
}
