import { describe, expect, it } from '@jest/globals';
import { briefOf } from '../../../bench/report/brief.ts';
import { performancePage } from '../../../bench/report/page.ts';
import { plotsOf } from '../../../bench/report/plots.ts';
import { resumed, runsOf, sittingsOf, type BenchRecord } from '../../../bench/report/record.ts';
import { cellText, markdownTable, rowsOf, textTable } from '../../../bench/report/table.ts';
import { FULL } from '../../../bench/options.ts';
import { aPhase, aRun } from './results.ts';

const requests = (count: number) => ({ work: { 'patch virtualmachines': count }, aside: {} });
const results = [
  aRun('medevac', [
    aPhase({
      name: 'create',
      wallMs: 1_000,
      requests: requests(300),
      cpuMs: { operator: 150, apiServer: 0, etcd: 0 },
    }),
    aPhase({ name: 'create', total: 200, wallMs: 1_000, requests: requests(300) }),
  ]),
  aRun('kopf', [
    aPhase({ name: 'create', wallMs: 4_000, requests: requests(500) }),
    aPhase({ name: 'create', total: 200, wallMs: 4_000, requests: requests(500) }),
  ]),
];

const record: BenchRecord = {
  at: '2026-11-28T12:00:00.000Z',
  machine: { cpu: 'a CPU', cores: 2, memoryGb: 24, kernel: '6.1' },
  sources: '0123456789abcdef',
  options: {
    contenders: ['medevac', 'kopf'],
    workloads: ['create'],
    sizes: [100, 200],
    runs: 5,
    scale: FULL,
  },
  contenders: [
    { name: 'medevac', madeWith: 'TypeScript' },
    { name: 'kopf', madeWith: 'kopf, Python' },
  ],
  missing: [{ name: 'kube-rs', why: 'it was not built (needs Rust)' }],
  results,
};

const OTHERWISE =
  '--resume: what was kept last was measured of other sources, or with other options. ' +
  'Give the same options, or start anew without --resume.';

describe('a record', () => {
  it('has as many runs as were measured, however many were asked for', () => {
    expect(runsOf(record)).toBe(1);
    expect(runsOf({ results: [...results, aRun('kopf', [], 1)] })).toBe(2);
  });

  it('is gone on with to another number of runs, at another time and on another machine', () => {
    const { at, machine } = record;
    const options = { ...record.options, runs: 7 };
    const later = { ...record, at: 'later', machine: { ...machine, cores: 4 }, options };
    expect(resumed(record, later)).toEqual({ earlier: [{ at, machine, runs: 1 }], results });
  });

  it('knows which of its runs were made when', () => {
    const { at, machine } = record;
    const twice = { ...record, results: [...results, aRun('kopf', [], 1), aRun('kopf', [], 2)] };
    const before = { at: 'before', machine, runs: 1 };
    expect(sittingsOf({ ...twice, earlier: [before] })).toEqual([before, { at, machine, runs: 2 }]);
  });

  it.each([
    { name: 'other sources', change: { sources: 'fedcba9876543210' } },
    { name: 'another size', change: { options: { ...record.options, sizes: [100, 300] } } },
    { name: 'other contenders', change: { contenders: record.contenders.slice(1) } },
  ])('is not gone on with: $name', ({ change }) => {
    expect(() => resumed(record, { ...record, ...change })).toThrow(OTHERWISE);
  });

  it('is not gone on with where none was kept', () => {
    expect(() => resumed(undefined, record)).toThrow(OTHERWISE);
  });
});

describe('a cell', () => {
  it.each([
    {
      name: 'of several runs has the median and both ends',
      summary: { median: 12.34, min: 1, max: 100, runs: 5 },
      want: '12.3 (1.00–100)',
    },
    { name: 'of one run has its value', summary: { median: 3, min: 3, max: 3, runs: 1 }, want: '3.00' },
    { name: 'of what was not measured is empty', summary: undefined, want: '–' },
  ])('$name', ({ summary, want }) => {
    expect(cellText(summary)).toBe(want);
  });
});

describe('the table', () => {
  const names = ['medevac', 'kopf'];

  it('leaves out figures that nobody has', () => {
    const keys = rowsOf(results, names).map(({ figure }) => figure.key);
    expect(keys).toContain('wallCreate');
    expect(keys).not.toContain('wallRescue');
  });

  it('stands in columns on a terminal', () => {
    const lines = textTable(rowsOf(results, names), names).split('\n');
    expect(lines[0]).toMatch(/^ +medevac +kopf$/);
    expect(lines.find((line) => line.startsWith('Time of all creates'))).toMatch(
      /^Time of all creates, s +2\.00 +8\.00$/,
    );
  });

  it('is Markdown on a page', () => {
    const [head, rule] = markdownTable(rowsOf(results, names), names).split('\n');
    expect(head).toBe('|  | medevac | kopf |');
    expect(rule).toBe('| --- | ---: | ---: |');
  });
});

describe('the brief', () => {
  it('has requests, ratios by peer, and figures of medevac; nothing that was not measured', () => {
    expect(briefOf(results)).toEqual({
      requests: { create: 3 },
      ratios: {
        apiServerCpuCreate: {},
        wallCreate: { kopf: 0.25 },
        wallRescue: {},
        operatorCpuCreate: {},
        rss10k: {},
      },
      medevac: { cpuMsPerCreate: 0.75, rssMb10k: 0 },
    });
  });
});

describe('plots', () => {
  const plots = plotsOf(record);

  it('show what was measured, each as a file', () => {
    const files = plots.map(({ file }) => file);
    expect(files).toContain('wallCreate.svg');
    expect(files).toContain('growth-operator.svg');
    expect(files).not.toContain('wallRescue.svg');
  });

  it('are SVG with every contender by name', () => {
    for (const { svg } of plots) {
      expect(svg).toMatch(/^<svg [^>]*>\n<title>/);
      expect(svg).toMatch(/<\/svg>\n$/);
      expect(svg).toContain('>medevac</text>');
      expect(svg).toContain('>kopf</text>');
      expect(svg).not.toContain('NaN');
    }
  });
});

describe('the page', () => {
  const page = performancePage(record, plotsOf(record));

  it.each([
    ['who was measured', '- **kopf**: kopf, Python'],
    ['how often', ' 1 run of each; 200 Instances created in 2 bursts'],
    ['who was not, and why', '- **kube-rs** is not in the tables: it was not built (needs Rust)'],
    ['each ratio', '| Time of all creates | 0.25 |'],
    ['the requests of a transition', '| kopf | create | 5.00 patch virtualmachines |'],
    ['the plots', '![Time of all creates](performance/wallCreate.svg)'],
    ['that no peer is better', '## Where a peer is better\n\nNowhere.'],
  ])('says %s', (_what, text) => {
    expect(page).toContain(text);
  });

  it('tells of medevac alone what one more Instance costs', () => {
    const cpuMs = (operator: number, apiServer: number) => ({ operator, apiServer, etcd: 0 });
    const alone = [
      aRun('none', [aPhase({ name: 'create', cpuMs: cpuMs(0, 1_000) })]),
      aRun('medevac', [
        aPhase({ name: 'create', wallMs: 3_000, cpuMs: cpuMs(200, 5_000), memory: { now: 70, peak: 80 } }),
        aPhase({ name: 'create', total: 200, wallMs: 4_000, cpuMs: cpuMs(300, 6_000) }),
      ]),
    ];
    const with200 = performancePage(record, [], { ...record, results: alone });
    expect(with200).toContain('## medevac alone, up to 200 Instances');
    expect(with200).toContain('| 100 | 40.0 | 2.00 | 30.0 | 80.0 |\n| 200 | – | 3.00 | 40.0 | 0.00 |');
    expect(page).not.toContain('medevac alone');
  });

  it('says when and where it was measured', () => {
    expect(page).toContain(
      'Measured with `npm run bench` on 2026-11-28 on 2 cores (a CPU), 24 GB, Linux 6.1.\n',
    );
  });

  it('says which runs were made elsewhere', () => {
    const earlier = [
      { at: '2026-11-27T12:00:00.000Z', machine: { ...record.machine, kernel: '6.0' }, runs: 2 },
    ];
    const later = [0, 1, 2].flatMap((run) => results.map((result) => ({ ...result, run })));
    const text = performancePage({ ...record, earlier, results: later }, []);
    expect(text).toContain('\n- runs 1 to 2: on 2026-11-27 on 2 cores (a CPU), 24 GB, Linux 6.0\n');
    expect(text).toContain('\n- run 3: on 2026-11-28 on 2 cores (a CPU), 24 GB, Linux 6.1\n');
  });

  it('takes what was measured on one day, on one machine, together', () => {
    const earlier = [{ at: '2026-11-28T01:00:00.000Z', machine: record.machine, runs: 2 }];
    const later = [0, 1, 2].flatMap((run) => results.map((result) => ({ ...result, run })));
    const text = performancePage({ ...record, earlier, results: later }, []);
    expect(text).toContain(
      'Measured with `npm run bench` on 2026-11-28 on 2 cores (a CPU), 24 GB, Linux 6.1.\n',
    );
    expect(text).toContain(' 3 runs of each;');
  });

  it('leaves out requests that there were none of in most runs', () => {
    const runs = [0, 0, 3].map((nodes, run) => {
      const work = { 'patch nodes': nodes, 'patch pods': 100 };
      return aRun('medevac', [aPhase({ name: 'rescue', requests: { work, aside: {} } })], run);
    });
    const text = performancePage({ ...record, results: runs }, []);
    expect(text).toContain('| medevac | rescue | 1.00 patch pods |');
  });

  it('says who has not done all of it, and why', () => {
    const failed = [
      ...[0, 2].map((run) => ({ ...aRun('kopf', [], run), failed: 'Waited 300000 ms in vain' })),
      { ...aRun('kopf', [], 1), failed: 'it ended' },
    ];
    const text = performancePage({ ...record, results: [...results, ...failed] }, []);
    expect(text).toContain('- runs 1, 3 of **kopf** ended early: Waited 300000 ms in vain\n');
    expect(text).toContain('- run 2 of **kopf** ended early: it ended\n');
  });

  it('says where a peer is better', () => {
    const slow = [
      aRun('medevac', [aPhase({ name: 'create', wallMs: 9_000 })]),
      aRun('kopf', [aPhase({ name: 'create', wallMs: 6_000 })]),
    ];
    expect(performancePage({ ...record, results: slow }, [])).toContain(
      '- Time of all creates: kopf (medevac takes 1.50 times as much)',
    );
  });

  it.each([
    { who: 'who takes as much', name: 'kopf', wallMs: 8_999 },
    { who: 'medevac without its webhooks', name: 'medevac-unguarded', wallMs: 6_000 },
  ])('does not call $who a better peer', ({ name, wallMs }) => {
    const runs = [
      aRun('medevac', [aPhase({ name: 'create', wallMs: 9_000 })]),
      aRun(name, [aPhase({ name: 'create', wallMs })]),
    ];
    const contenders = ['medevac', name].map((each) => ({ name: each, madeWith: '' }));
    expect(performancePage({ ...record, contenders, results: runs }, [])).toContain(
      '## Where a peer is better\n\nNowhere.',
    );
  });
});
