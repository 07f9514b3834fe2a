import { parseArgs } from 'node:util';
import { OPERATOR_USER } from '../test/support/installed-control-plane.ts';
import { raiseStage, type Stage, type StageDriver } from '../test/support/stage.ts';
import { prepareMachine } from '../test/libvirt-hosts/preparation.ts';
import { backstageOf } from './demo/backstage-of.ts';
import { Narrator } from './demo/narrator.ts';
import { Observer } from '../test/support/observer.ts';
import { drainBackstageOf } from './demo/drain-backstage-of.ts';
import { isAsPromised, tellDrain, type DrainProps, type DrainReport } from './demo/drain.ts';
import { tellStory, type Report } from './demo/story.ts';
import { lineFor } from './demo/timeline.ts';

const USAGE = `npm run demo -- [drain] [--driver kubevirt|memory] [--output text|json] [--keep]

  drain      drains a node with six VMs on it, two of them rescued, with a plain kubectl drain (kubevirt, libvirt)
  --driver   kubevirt (default): on the embedded KubeVirt simulator; libvirt: real guests on libvirt hosts, which need
             root on Debian; memory: in the operator's own process
  --output   text (default): a timeline; json: one object with what was observed
  --keep     leave everything running, and print the KUBECONFIG to use
`;

const DRIVERS: readonly StageDriver[] = ['kubevirt', 'libvirt', 'memory'];

interface Options {
  readonly story: keyof typeof STORIES;
  readonly driver: StageDriver;
  readonly json: boolean;
  readonly keep: boolean;
}

/** @returns the options, or one line that says what is wrong with them */
function readOptions(argv: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        driver: { type: 'string', default: 'kubevirt' },
        output: { type: 'string', default: 'text' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { driver, output, keep, help } = values;
    if (help) return USAGE;
    if (!isDriver(driver)) return `--driver ${driver}: must be ${DRIVERS.join(' or ')}`;
    if (output !== 'text' && output !== 'json') return `--output ${output}: must be text or json`;
    const story = storyNamed(positionals, driver);
    return typeof story === 'string' ? story : { ...story, driver, json: output === 'json', keep };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function storyNamed(positionals: readonly string[], driver: StageDriver): Pick<Options, 'story'> | string {
  const [name = 'rescue', ...others] = positionals;
  if ((name !== 'rescue' && name !== 'drain') || others.length > 0) {
    return `${positionals.join(' ')}: there are no other stories than rescue and drain`;
  }
  if (name === 'drain' && driver === 'memory') {
    return '--driver memory: the story of the drain is told with kubevirt or libvirt';
  }
  return { story: name };
}

function isDriver(name: string): name is StageDriver {
  return DRIVERS.some((driver) => driver === name);
}

/** Raises a stage, has the story told on it, and prints what it reports; whether it came out as it should. */
async function demo({ story, driver, json, keep }: Options): Promise<boolean> {
  const missing = driver === 'libvirt' ? await prepareMachine(say) : undefined;
  if (missing !== undefined) {
    say(missing);
    return false;
  }
  // With --output json, stdout is for the object alone: the timeline goes to stderr.
  const stream = json ? process.stderr : process.stdout;
  const narrator = new Narrator((line) => stream.write(`${lineFor(stream, line)}\n`));
  const { title, tell } = STORIES[story];
  narrator.chapter(`medevac: ${title} (driver ${driver})`);
  const stage = await raiseStage(driver, { progress: (what) => narrator.seen(what) });
  const observer = new Observer(stage.admin, stage.namespace);
  try {
    const { report, ok } = await tell({ stage, observer, narrator });
    if (keep) await untilInterrupted(stage, narrator);
    if (json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return ok;
  } finally {
    await observer.close();
    await stage.close();
  }
}

type Props = Omit<DrainProps, 'backstage'>;

async function drain(props: Props): Promise<{ report: DrainReport; ok: boolean }> {
  const report = await tellDrain({ ...props, backstage: await drainBackstageOf(props) });
  return { report, ok: isAsPromised(report) };
}

async function rescue(props: Props): Promise<{ report: Report; ok: boolean }> {
  const { stage, narrator } = props;
  const report: Report = {
    driver: stage.driver,
    ok: false,
    steps: [],
    statesSeenWhileMigrating: [],
    refusals: [],
    specHash: { beforeRescue: null, afterUnrescue: null },
    requests: { create: 0, rescue: 0, migrate: 0, unrescue: 0, idleResync: 0 },
  };
  const backstage = await backstageOf(stage, narrator);
  try {
    await tellStory({ ...props, backstage, report });
    narrator.chapter('Requests of the operator, from the audit log');
    const counts = Object.entries(report.requests).map(([step, count]) => `${step}: ${count}`);
    narrator.answered(counts.join('   '));
    report.ok = true;
  } catch (error) {
    narrator.bad(error instanceof Error ? error.message : String(error));
  } finally {
    backstage.close();
  }
  return { report, ok: report.ok };
}

const STORIES = {
  rescue: { title: 'rescue a VM, migrate it while it is rescued, unrescue it', tell: rescue },
  drain: { title: 'a node is drained', tell: drain },
};

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}

async function untilInterrupted(stage: Stage, narrator: Narrator): Promise<void> {
  narrator.chapter('Everything is left running until Ctrl-C. In another terminal:');
  narrator.answered(
    `export KUBECONFIG=${await stage.controlPlane.kubeconfig(stage.user)}   # as ${stage.user}, in ${stage.namespace}`,
  );
  narrator.answered(`export KUBECONFIG=${await stage.controlPlane.kubeconfig()}   # as admin`);
  narrator.answered(
    `export KUBECONFIG=${await stage.controlPlane.kubeconfig(OPERATOR_USER)}   # as the operator`,
  );
  await new Promise((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
}

const options = readOptions(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = options === USAGE ? 0 : 2;
} else {
  process.exitCode = (await demo(options)) ? 0 : 1;
}
