import type { Phase, RunResult } from '../workloads/workload.ts';
import { median } from '../measure/statistics.ts';
import { burstsOf, FIGURES, medianOfEach, OURS, ratioOf } from './figures.ts';
import type { Plot } from './plots.ts';
import { runsOf, sittingsOf, type BenchRecord, type Sitting } from './record.ts';
import { digits, markdownTable, rowsOf } from './table.ts';

/** docs/performance.md, from what was measured. `alone`: of medevac alone. */
export function performancePage(record: BenchRecord, plots: readonly Plot[], alone?: BenchRecord): string {
  const names = record.contenders.map(({ name }) => name);
  const peers = names.filter((name) => name !== OURS);
  const parts = [
    '# Performance',
    '<!-- Written by `npm run bench -- --keep` from bench/results; changes by hand are lost. -->',
    introduction(record),
    '## All figures',
    `Median of the runs, and the lowest and the highest. ${setting(record)}`,
    markdownTable(rowsOf(record.results, names), names),
    '## medevac as part of each peer',
    'Below 1: medevac takes less. The median of the ratios of runs with the same number.',
    ratioTable(record.results, peers),
    '## Where a peer is better',
    losses(
      record.results,
      peers.filter((name) => !isOurs(name)),
    ),
    '## Requests',
    requestsText(record),
    ...(alone === undefined ? [] : aloneText(alone)),
    '## Plots',
    ...plots.map(({ file, title }) => `![${title}](performance/${file})`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** medevac, in whatever form. */
function isOurs(contender: string): boolean {
  return contender === OURS || contender.startsWith(`${OURS}-`);
}

function introduction(record: BenchRecord): string {
  const { contenders, missing, results } = record;
  const madeWith = contenders.map(({ name, madeWith: how }) => `- **${name}**: ${how}`);
  const left = missing.map(({ name, why }) => `- **${name}** is not in the tables: ${why}`);
  return [
    ...whenAndWhere(record),
    'All contenders do one job — Instance → VirtualMachine applied, status kept, rescue → template change and restart — each as a',
    'process of its own under its own ServiceAccount, on a real etcd and kube-apiserver that are fresh in every run. How, and what',
    'the figures do not say: [bench/README.md](../bench/README.md).',
    '',
    ...madeWith,
    ...left,
    ...failures(results),
  ].join('\n');
}

function whenAndWhere(record: BenchRecord): string[] {
  const places = placesOf(record);
  const [place, ...others] = places;
  if (place !== undefined && others.length === 0)
    return [`Measured with \`npm run bench\` on ${place.text}.`];
  let first = 1;
  const lines = places.map(({ text, runs }) => {
    const range = runs === 1 ? `run ${first}` : `runs ${first} to ${first + runs - 1}`;
    first += runs;
    return `- ${range}: on ${text}`;
  });
  return [
    'Measured with `npm run bench` at several times. What is absolute is of all of them, and so may spread; a ratio is of two',
    'contenders in one run, which was made on one machine:',
    '',
    ...lines,
    '',
  ];
}

/** Who has not done all of it, and why. */
function failures(results: readonly RunResult[]): string[] {
  const runs = Map.groupBy(
    results.filter(({ failed }) => failed !== undefined),
    ({ contender, failed }) => `**${contender}** ended early: ${failed}`,
  );
  return [...runs].map(([what, failed]) => {
    const numbers = failed.map(({ run }) => run + 1).join(', ');
    return `- ${failed.length === 1 ? 'run' : 'runs'} ${numbers} of ${what}`;
  });
}

/** Sittings of the same day and machine are one. */
function placesOf(record: BenchRecord): { text: string; runs: number }[] {
  const places: { text: string; runs: number }[] = [];
  for (const { runs, ...sitting } of sittingsOf(record)) {
    const text = placeOf(sitting);
    const last = places.at(-1);
    if (last?.text === text) last.runs += runs;
    else places.push({ text, runs });
  }
  return places;
}

/** Day and machine. */
function placeOf({ at, machine: { cores, cpu, memoryGb, kernel } }: Sitting): string {
  return `${at.slice(0, 10)} on ${cores} cores (${cpu}), ${memoryGb} GB, Linux ${kernel}`;
}

function setting({ options: { sizes, scale }, results }: BenchRecord): string {
  const runs = runsOf({ results });
  const most = sizes.at(-1) ?? 0;
  return `${runs} ${runs === 1 ? 'run' : 'runs'} of each; ${most} Instances created in ${sizes.length} ${sizes.length === 1 ? 'burst' : 'bursts'}, ${Math.min(scale.rescues, most)} of them rescued.`;
}

function ratioTable(results: readonly RunResult[], peers: readonly string[]): string {
  const rows = FIGURES.flatMap((figure) => {
    const ratios = peers.map((peer) => ratioOf(figure, results, [OURS, peer]));
    if (ratios.every((ratio) => ratio === undefined)) return [];
    return [
      `| ${figure.title} | ${ratios.map((ratio) => (ratio === undefined ? '–' : digits(ratio))).join(' | ')} |`,
    ];
  });
  return [`| | ${peers.join(' | ')} |`, `|---|${peers.map(() => '---:|').join('')}`, ...rows].join('\n');
}

function losses(results: readonly RunResult[], peers: readonly string[]): string {
  const lines = FIGURES.flatMap((figure) => {
    const better = peers.flatMap((peer) => {
      const ratio = ratioOf(figure, results, [OURS, peer]);
      return ratio !== undefined && ratio > 1 && digits(ratio) !== digits(1)
        ? [`${peer} (medevac takes ${digits(ratio)} times as much)`]
        : [];
    });
    return better.length === 0 ? [] : [`- ${figure.title}: ${better.join(', ')}`];
  });
  return lines.length === 0 ? 'Nowhere.' : lines.join('\n');
}

/** medevac where there are more Instances, and what no peer does. */
function aloneText(record: BenchRecord): string[] {
  return [
    `## medevac alone, up to ${record.options.sizes.at(-1) ?? 0} Instances`,
    `Measured on ${record.at.slice(0, 10)}. ${setting(record)} Migrations and the drain of a node go over the whole KubeVirt simulator.`,
    markdownTable(rowsOf(record.results, [OURS]), [OURS]),
    'What one more Instance costs:',
    growthTable(record),
  ];
}

/** By burst; CPU of the API server beyond that of the run without operator. */
function growthTable({ results }: BenchRecord): string {
  const alone = burstsOf('none', results);
  const apiServer = ({ cpuMs }: Phase) => cpuMs.apiServer;
  const rows = [...burstsOf(OURS, results)].map(([total, phases]) => {
    const cells = [
      medianOfEach(phases, apiServer) - medianOfEach(alone.get(total) ?? [], apiServer),
      medianOfEach(phases, ({ cpuMs }) => cpuMs.operator),
      medianOfEach(phases, ({ wallMs }) => wallMs),
      median(phases.map(({ memory }) => memory.peak)),
    ];
    return `| ${total} | ${cells.map((cell) => (Number.isNaN(cell) ? '–' : digits(cell))).join(' | ')} |`;
  });
  return [
    '| up to | API server CPU, ms | operator CPU, ms | time, ms | peak memory of the operator, MB |',
    '|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

/** What each sent, by transition. */
function requestsText({ contenders, results }: BenchRecord): string {
  const rows = contenders.flatMap(({ name }) =>
    ['create', 'rescue', 'unrescue', 'migrate', 'idle', 'storm'].flatMap((transition) => {
      const text = requestsOf(name, transition, results);
      return text === undefined ? [] : [`| ${name} | ${transition} | ${text} |`];
    }),
  );
  return [
    'Of one transition, counted from the audit log; Events, Leases, lists and watches are left out.',
    '',
    '| | transition | requests |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function requestsOf(name: string, transition: string, results: readonly RunResult[]): string | undefined {
  const phases = results
    .filter(({ contender }) => contender === name)
    .flatMap((result) => result.phases.filter((phase) => phase.name === transition));
  const kinds = [...new Set(phases.flatMap(({ requests }) => Object.keys(requests.work)))].sort();
  const shown = kinds
    .map((kind) => ({
      kind,
      each: digits(median(phases.map(({ requests, objects }) => (requests.work[kind] ?? 0) / objects))),
    }))
    .filter(({ each }) => each !== digits(0));
  return shown.length === 0 ? undefined : shown.map(({ kind, each }) => `${each} ${kind}`).join(', ');
}
