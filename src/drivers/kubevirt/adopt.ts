import * as z from 'zod';
import { InstanceSpec, type ResolvedIdentity } from '../../api/instance.ts';
import { firstIssue } from '../../api/first-issue.ts';
import {
  INSTANCE_UID_LABEL,
  MODE_ANNOTATION,
  RESCUED_LABEL,
  SESSION_ANNOTATION,
  SPEC_HASH_ANNOTATION,
} from '../../api/names.ts';
import { resolveIdentity } from '../../domain/identity.ts';
import type { Ownership } from '../../domain/observed.ts';
import { renderVm } from '../../domain/vm.ts';
import { bootOf, instanceOf, observeVm } from './observe.ts';
import { portableSpecOf } from './portable-spec.ts';
import { renderTemplate } from './render.ts';
import { parseVirtualMachine, parseVirtualMachineInstance } from './resources.ts';
import { missingFrom } from './subset.ts';

/** What an Instance is to say so that it can take over a VM as it is. */
export interface Adoption {
  readonly ownership: Ownership;
  /** It was booted by medevac for a rescue: its template is not that of the VM. */
  readonly rescued: boolean;
  /** Of the Instance; has either the portable fields or the VM's template. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What the portable fields can't say of the VM, or would add to it; empty: they are what `spec` has. */
  readonly notPortable: readonly string[];
  /** Fields of the VM that will be others after the next boot that medevac makes. */
  readonly changes: readonly { readonly path: string; readonly was: unknown; readonly becomes: unknown }[];
}

const Texts = z.record(z.string(), z.string()).nullish();
const Machine = z.object({
  spec: z.object({
    runStrategy: z.string().optional(),
    template: z.looseObject({
      metadata: z.looseObject({ labels: Texts, annotations: Texts }).nullish(),
      spec: z.record(z.string(), z.unknown()).default({}),
    }),
  }),
});
type Template = z.infer<typeof Machine>['spec']['template'];

/** Reads a VirtualMachine, and its VirtualMachineInstance where it runs. Pure. @throws ZodError: it is none */
export function adoptVm(rawVm: unknown, rawInstance: unknown): Adoption {
  const vm = parseVirtualMachine(rawVm);
  const running = rawInstance === undefined ? undefined : parseVirtualMachineInstance(rawInstance);
  const observed = observeVm(vm, instanceOf(vm, running));
  const { identity = UNKNOWN_IDENTITY } = observed;
  const { template, runStrategy } = Machine.parse(rawVm).spec;
  const own = withoutMarks(template);
  const shared = {
    powerState: observed.stored.power === 'On' ? 'Running' : 'Stopped',
    deletionPolicy: 'Retain',
  };
  const portable = { ...shared, ...portableSpecOf(own.spec) };
  const notPortable = differences(portable, own, identity);
  const native = { ...shared, kubevirt: { template: withAddresses(own, identity) } };
  const spec = notPortable.length === 0 ? portable : native;
  return {
    ownership: observed.ownership,
    rescued: bootOf(vm.spec.template.metadata?.annotations).mode === 'Rescue',
    spec,
    notPortable,
    changes: [...strategyChange(runStrategy, shared.powerState), ...changesBy(spec, own, identity)],
  };
}

/** Of a VM that says nothing of itself and has never run. */
const UNKNOWN_IDENTITY: ResolvedIdentity = { firmwareUUID: '', serial: '', macAddresses: {} };

const MARKS: ReadonlySet<string> = new Set([
  INSTANCE_UID_LABEL,
  RESCUED_LABEL,
  MODE_ANNOTATION,
  SESSION_ANNOTATION,
  SPEC_HASH_ANNOTATION,
]);

/** The template without what medevac has written on it, where it has had it before, and without what is empty. */
function withoutMarks({ metadata, ...template }: Template): Template {
  const kept = (texts: Record<string, string> | null | undefined) =>
    Object.fromEntries(Object.entries(texts ?? {}).filter(([name]) => !MARKS.has(name)));
  const [labels, annotations] = [kept(metadata?.labels), kept(metadata?.annotations)];
  const texts = {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  return { ...(Object.keys(texts).length > 0 && { metadata: texts }), ...template };
}

const Addressed = z.looseObject({
  domain: z.looseObject({
    devices: z.looseObject({ interfaces: z.array(z.looseObject({ name: z.string() })) }),
  }),
});

/** KubeVirt makes up the addresses that a template doesn't have, at each boot anew: those of the guest are written down. */
function withAddresses(template: Template, { macAddresses }: ResolvedIdentity): Template {
  const parsed = Addressed.safeParse(template.spec);
  if (!parsed.success) return template;
  const { domain } = parsed.data;
  const interfaces = domain.devices.interfaces.map((device) => {
    const macAddress = macAddresses[device.name];
    return macAddress === undefined ? device : { macAddress, ...device };
  });
  const devices = { ...domain.devices, interfaces };
  return { ...template, spec: { ...template.spec, domain: { ...domain, devices } } };
}

/** Whose field it is alone: drains are ours to carry out, and KubeVirt writes the architecture of the cluster. */
const OURS: ReadonlySet<string> = new Set(['spec.template.spec.evictionStrategy']);
const ITS_OWN: ReadonlySet<string> = new Set(['spec.template.spec.architecture']);

/** What is not the same in a template and in what would be rendered from a spec, either way. */
function differences(spec: object, template: Template, identity: ResolvedIdentity): string[] {
  const parsed = InstanceSpec.safeParse(spec);
  if (!parsed.success) return [firstIssue(parsed.error, 'spec')];
  const rendered = renderedSpec(parsed.data, identity);
  const path = 'spec.template.spec';
  const lost = missingFrom(template.spec, rendered, path).filter((field) => !ITS_OWN.has(field));
  const added = missingFrom(rendered, template.spec, path);
  const other = template.metadata === undefined ? [] : ['spec.template.metadata'];
  return [...new Set([...lost, ...added, ...other])].filter((field) => !OURS.has(field));
}

function changesBy(spec: object, template: Template, identity: ResolvedIdentity): Adoption['changes'] {
  const parsed = InstanceSpec.safeParse(spec);
  if (!parsed.success) return [];
  const rendered = { spec: { template: { spec: renderedSpec(parsed.data, identity) } } };
  const paths = missingFrom(rendered.spec.template.spec, template.spec, 'spec.template.spec');
  const stored = { spec: { template } };
  return paths.map((path) => ({ path, was: valueAt(stored, path), becomes: valueAt(rendered, path) }));
}

function renderedSpec(spec: InstanceSpec, ofVm: ResolvedIdentity): unknown {
  const identity = resolveIdentity({ uid: ofVm.firmwareUUID, spec, frozen: undefined, ofVm });
  const rendered = renderTemplate({ vm: renderVm(spec, identity, undefined), instanceUid: '' });
  return rendered.kind === 'Rendered' ? rendered.template.spec : {};
}

/** `path` is one that `missingFrom` has given, of fields whose names have no dots. */
function valueAt(object: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);
}

function strategyChange(was: string | undefined, powerState: string): Adoption['changes'] {
  const becomes = powerState === 'Running' ? 'Always' : 'Halted';
  return was === becomes ? [] : [{ path: 'spec.runStrategy', was, becomes }];
}
