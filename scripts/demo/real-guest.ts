import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../../src/domain/fingerprint.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { parseXml } from '../../src/drivers/libvirt/xml.ts';
import {
  areUnbroken,
  bootOf,
  LONGEST_GAP,
  longestGap,
  ticksOf,
  type Boot,
} from '../../test/libvirt-e2e/witness.ts';
import type { GuestConsole } from '../../test/libvirt-hosts/guest-console.ts';
import type { LibvirtHosts } from '../../test/libvirt-hosts/libvirt-hosts.ts';
import type { VmEvidence } from '../../test/support/evidence.ts';
import { KEY, type Backstage, type Fact } from './backstage.ts';
import { ConsoleTeller, short } from './console-teller.ts';
import type { Narrator } from './narrator.ts';
import type { Step } from './story.ts';

const DOMAIN = domainName(KEY);
const POLL_MS = 100;

const Domain = z.object({
  domain: z.looseObject({
    metadata: z.unknown(),
    devices: z.looseObject({
      disk: z.array(z.looseObject({ serial: z.string(), alias: z.object({ '@name': z.string() }) })),
    }),
  }),
});

/** The story with a real guest on real hosts: what it prints on its console is told, and is the evidence. */
export class RealGuest implements Backstage {
  readonly manifests = {
    normal: 'examples/libvirt/web-1.yaml',
    rescued: 'examples/libvirt/web-1-rescued.yaml',
    toIncapable: 'examples/libvirt/web-1-to-host-3.yaml',
    away: 'examples/libvirt/web-1-away.yaml',
  };
  /** A guest under load boots slowly. */
  readonly patience = 180_000;
  readonly #hosts: LibvirtHosts;
  readonly #narrator: Narrator;
  readonly #console: GuestConsole;
  readonly #teller: ConsoleTeller;
  readonly #telling: NodeJS.Timeout;
  /** One for each step. */
  readonly #boots: Boot[] = [];
  #told = 0;

  private constructor(hosts: LibvirtHosts, narrator: Narrator) {
    this.#hosts = hosts;
    this.#narrator = narrator;
    this.#console = hosts.console(DOMAIN);
    this.#teller = new ConsoleTeller((line) => narrator.heard(line));
    this.#telling = setInterval(() => this.#tell(), POLL_MS);
  }

  /** Makes the disks that the manifests name. */
  static async prepare(hosts: LibvirtHosts, narrator: Narrator): Promise<RealGuest> {
    for (const system of ['root', 'rescue'] as const) {
      await hosts.createDisk(`${KEY.name}-${system}.img`, system);
    }
    narrator.seen(`pool ${hosts.pool} has the volumes ${KEY.name}-root.img and ${KEY.name}-rescue.img`);
    return new RealGuest(hosts, narrator);
  }

  /** Boot id and disks in the guest's own words; names of disks, and what is stored, from libvirt. */
  async evidence(node: string): Promise<VmEvidence> {
    const boot = await bootOf(this.#console);
    this.#boots.push(boot);
    const xml = await this.#hosts.host(node).virsh('dumpxml', DOMAIN, '--inactive');
    const { metadata: _, ...domain } = Domain.parse(parseXml(xml)).domain;
    const nameOf = (serial: string) =>
      domain.devices.disk.find((disk) => disk.serial === serial)?.alias['@name'].replace(/^ua-/, '');
    return {
      vmUid: boot.bootId,
      disks: boot.disks.map(
        ({ name, serial, system }) => `${nameOf(serial) ?? name}${system === boot.system ? '*' : ''}`,
      ),
      specHash: createHash('sha256').update(canonicalJson(domain)).digest('hex'),
    };
  }

  async factsAfter(steps: readonly Step[]): Promise<readonly Fact[]> {
    this.#teller.flush();
    const [created, rescued] = this.#boots;
    const [step, boot] = [steps.at(-1), this.#boots.at(-1)];
    if (created === undefined || boot === undefined || step === undefined) return [];
    const system = step.state === 'Rescued' ? 'rescue' : 'root';
    const says = `the guest itself says: ${system} system, boot ${short(boot.bootId)}`;
    const facts = [{ holds: boot.system === system, what: says }];
    if (step.step === 'create') return facts;
    facts.push(sameIdentity(created, boot));
    if (step.step === 'rescue') {
      return [...facts, { holds: boot.noted, what: 'the rescue system writes to the root disk' }];
    }
    if (step.step === 'migrate') return [...facts, ...(await this.#ticksOn(step.node, boot))];
    const note = `rescue ${rescued?.bootId ?? ''}`;
    return [
      ...facts,
      { holds: boot.notes.includes(note), what: 'the root system finds what the rescue system wrote' },
    ];
  }

  /** Whether nothing of the guest's life is missing, up to what it says on the node. */
  async #ticksOn(node: string, { bootId }: Boot): Promise<Fact[]> {
    const ticks = await ticksOf(this.#console, { bootId, host: node });
    this.#tell();
    this.#teller.flush();
    const [first, last] = [ticks[0], ticks.at(-1)];
    const gap = longestGap(ticks);
    const hosts = [...new Set(ticks.map(({ host }) => host))];
    return [
      {
        holds: areUnbroken(ticks) && hosts.length === 2,
        what: `it ticks on: ${first?.n ?? '?'} to ${last?.n ?? '?'} and none is missing, on ${hosts.join(', then on ')}`,
      },
      { holds: gap < LONGEST_GAP, what: `its longest pause between two ticks was ${gap / 1_000} s` },
    ];
  }

  async ruin(node: string): Promise<void> {
    await this.#hosts.host(node).wipe();
    this.#narrator.seen(`${node} has lost all of /etc/libvirt/qemu and /var/lib/libvirt`);
  }

  close(): void {
    clearInterval(this.#telling);
    this.#tell();
    this.#teller.flush();
  }

  #tell(): void {
    for (const line of this.#console.lines.slice(this.#told)) this.#teller.add(line);
    this.#told = this.#console.lines.length;
  }
}

/** A rescue adds a disk behind the others. */
function sameIdentity(before: Boot, now: Boot): Fact {
  const seen = ({ uuid, macs, disks }: Boot) =>
    canonicalJson([uuid, macs, disks.slice(0, before.disks.length).map(({ serial }) => serial)]);
  return {
    holds: seen(before) === seen(now),
    what: `it sees UUID ${now.uuid}, MAC ${now.macs.join(', ')} and its disks' serials as at its first boot`,
  };
}
