import { describe, expect, it } from '@jest/globals';
import { RESCUE_DISK } from '../../../../src/api/names.ts';
import { diskSerial } from '../../../../src/domain/identity.ts';
import { parseDomain, type Domain } from '../../../../src/drivers/libvirt/parse.ts';
import { renderDomain } from '../../../../src/drivers/libvirt/render.ts';
import { anIdentity, INSTANCE_UID } from '../../../builders/vm.ts';
import { aTemplatedInstance } from '../../../builders/instance.ts';
import { InstanceSpec } from '../../../../src/api/instance.ts';
import { renderVm } from '../../../../src/domain/vm.ts';
import { aLibvirtSpec, anOrder, aVolume, domainOf, KEPT, someSettings, xmlOf } from './orders.ts';

const BUSES = ['virtio', 'scsi', 'sata', 'usb'] as const;

/** What the guest finds below a path. */
function hardware({ hardware: fields }: Domain, path: string): Record<string, string> {
  const own = [...fields].filter(([name]) => name.startsWith(path));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(path.length), value]));
}

function onDisks({ hardware: fields }: Domain, field: string): string[] {
  return [...fields]
    .filter(([path]) => path.startsWith('disks[') && path.endsWith(field))
    .map(([, value]) => value);
}

describe('a rendered domain', () => {
  it('is this document, and nothing else', () => {
    const uid = INSTANCE_UID;
    expect(xmlOf(anOrder({ disks: [aVolume('root')] }))).toBe(`<domain type="kvm">
  <name>default.web-1</name>
  <uuid>${uid}</uuid>
  <metadata>
    <medevac:vm xmlns:medevac="https://medevac.dev/libvirt/vm/1" uid="vm-1" bootId="boot-1" power="On">
      <medevac:instance uid="${uid}" deletionPolicy="Delete"/>
      <medevac:boot mode="Normal" session="" specHash="5f9d83acee475bd2"/>
      <medevac:network name="default" mac="02:92:2e:ec:ca:f3"/>
      <medevac:disk name="root" serial="ef749e8aeea1ee59"/>
    </medevac:vm>
  </metadata>
  <memory unit="KiB">1048576</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch="x86_64" machine="pc-q35-7.2">hvm</type>
    <smbios mode="sysinfo"/>
  </os>
  <sysinfo type="smbios">
    <system>
      <entry name="serial">${uid}</entry>
      <entry name="uuid">${uid}</entry>
    </system>
  </sysinfo>
  <features>
    <acpi/>
    <apic/>
  </features>
  <clock offset="utc"/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>preserve</on_crash>
  <devices>
    <disk type="volume" device="disk">
      <driver name="qemu" type="raw" cache="none"/>
      <source pool="fast" volume="web-1-root"/>
      <target dev="vda" bus="virtio"/>
      <serial>ef749e8aeea1ee59</serial>
      <boot order="1"/>
      <alias name="ua-root"/>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x10" function="0x0" multifunction="on"/>
    </disk>
    <controller type="usb" index="0" model="qemu-xhci" ports="15">
      <address type="pci" domain="0x0000" bus="0x00" slot="0x02" function="0x0"/>
    </controller>
    <controller type="sata" index="0">
      <address type="pci" domain="0x0000" bus="0x00" slot="0x1f" function="0x2"/>
    </controller>
    <interface type="network">
      <mac address="02:92:2e:ec:ca:f3"/>
      <source network="default"/>
      <model type="virtio"/>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x06" function="0x0"/>
    </interface>
    <serial type="pty">
      <log file="/var/log/libvirt/qemu/default.web-1-serial0.log" append="on"/>
      <target port="0"/>
    </serial>
    <console type="pty">
      <target type="serial" port="0"/>
    </console>
    <video>
      <model type="vga" primary="yes"/>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x01" function="0x0"/>
    </video>
    <memballoon model="virtio">
      <address type="pci" domain="0x0000" bus="0x00" slot="0x04" function="0x0"/>
    </memballoon>
    <rng model="virtio">
      <backend model="random">/dev/urandom</backend>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x05" function="0x0"/>
    </rng>
    <panic model="isa">
      <address type="isa" iobase="0x505"/>
    </panic>
  </devices>
</domain>
`);
  });

  it('says whose it is and how it is booted, and is read back as that', () => {
    const order = anOrder({}, {}, { power: 'Off', deletionPolicy: 'Retain' });
    const migration = {
      uid: 'm-1',
      source: 'node-a',
      destination: 'node-b',
      startedAt: '2026-11-23T10:00:00Z',
    };
    const { vm, migration: read, uuid, serial, macAddresses } = domainOf(order, { ...KEPT, migration });
    const { identity, boot } = order.vm;
    expect(vm).toEqual({
      uid: 'vm-1',
      bootId: 'boot-1',
      power: 'Off',
      instance: { uid: INSTANCE_UID, deletionPolicy: 'Retain' },
      boot,
      networks: [{ name: 'default', mac: identity.macAddresses['default'] }],
      disks: ['root', 'data', RESCUE_DISK].map((name) => ({ name, serial: diskSerial(identity, name) })),
    });
    expect(read).toEqual({ ...migration, end: undefined });
    expect({ uuid, serial, macAddresses }).toEqual({
      uuid: identity.firmwareUUID,
      serial: identity.serial,
      macAddresses: Object.values(identity.macAddresses),
    });
  });

  it('keeps characters that XML has a use for', () => {
    const words = `"<&>' says libvirt`;
    const end = { outcome: 'Failed', at: '2026-11-23T10:00:09Z', words } as const;
    const migration = { uid: 'm-1', source: 'a', destination: 'b', startedAt: '2026-11-23T10:00:00Z', end };
    expect(domainOf(anOrder(), { ...KEPT, migration }).migration).toEqual(migration);
  });

  it('keeps the figures of its last migration', () => {
    const figures = { downtime: 0, memoryTotalBytes: 200, memoryProcessedBytes: 100, diskTotalBytes: 0 };
    const end = {
      outcome: 'Succeeded',
      at: '2026-11-23T10:00:09Z',
      words: '',
      figures: { ...figures, diskProcessedBytes: undefined },
    } as const;
    const migration = { uid: 'm-1', source: 'a', destination: 'b', startedAt: '2026-11-23T10:00:00Z', end };
    expect(domainOf(anOrder(), { ...KEPT, migration }).migration).toEqual(migration);
  });
});

describe('what the guest finds', () => {
  it.each(BUSES.flatMap((own) => BUSES.map((rescue) => ({ own, rescue }))))(
    'stays in its place in a rescue: own disks on $own, the rescue disk on $rescue',
    ({ own, rescue }) => {
      const disks = [aVolume('root', { bus: own }), aVolume('data', { bus: own }), aVolume('log')];
      const normal = domainOf(anOrder({ disks }));
      const rescued = domainOf(anOrder({ disks }, { device: 'Disk', bus: rescue }));
      const withoutOrder = (domain: Domain) =>
        [...domain.hardware].filter(([path]) => !path.endsWith('bootOrder') && !path.startsWith('disks[3]'));
      expect(withoutOrder(rescued)).toEqual(withoutOrder(normal));
      expect(hardware(normal, 'disks[0].')).toMatchObject({ bootOrder: '1' });
      expect(hardware(rescued, 'disks[0].')).not.toHaveProperty('bootOrder');
      expect(hardware(rescued, 'disks[3].')).toMatchObject({ bootOrder: '1', bus: rescue, volume: 'rescue' });
      const places = onDisks(rescued, 'bus').map(
        (bus, at) => `${bus} ${onDisks(rescued, 'address')[at] ?? ''}`,
      );
      expect(new Set(places).size).toBe(4);
    },
  );

  it('has the first eight virtio disks in one slot, and the ninth in the next', () => {
    const disks = Array.from({ length: 9 }, (_, index) => aVolume(`disk-${index}`));
    const domain = domainOf(anOrder({ disks }));
    const addresses = disks.map((_, index) => domain.hardware.get(`disks[${index}].address`));
    expect(addresses.slice(6)).toEqual([
      'bus=0x00 domain=0x0000 function=0x6 slot=0x10 type=pci',
      'bus=0x00 domain=0x0000 function=0x7 slot=0x10 type=pci',
      'bus=0x00 domain=0x0000 function=0x0 slot=0x11 type=pci',
    ]);
  });

  it('has a seventh SATA disk on a controller of its own', () => {
    const disks = Array.from({ length: 7 }, (_, index) => aVolume(`disk-${index}`, { bus: 'sata' }));
    const domain = domainOf(anOrder({ disks }));
    expect(domain.hardware.get('disks[6].address')).toBe('bus=0 controller=1 target=0 type=drive unit=0');
    expect(xmlOf(anOrder({ disks }))).toContain('<controller type="sata" index="1">');
  });

  it('is a CD-ROM that can only be read, without any host cache, in a format that nobody guesses', () => {
    const disks = [aVolume('root', { source: { volume: { pool: 'fast', name: 'root.qcow2' } } })];
    const xml = xmlOf(anOrder({ disks }, { device: 'CDROM' }));
    expect(xml).toContain('<driver name="qemu" type="qcow2" cache="none"/>');
    expect(xml).toContain('<driver name="qemu" type="raw" cache="none"/>');
    expect(xml.match(/<readonly\/>/g)).toHaveLength(1);
  });

  it('is a board of one version on all hosts, and a processor that all have', () => {
    const settings = someSettings({
      machineTypes: { q35: 'pc-q35-8.2' },
      cpuModel: 'Nehalem',
      domainType: 'qemu',
    });
    const domain = domainOf(anOrder(), KEPT, settings);
    expect(domain.hardware.get('machine.type')).toBe('pc-q35-8.2');
    expect(xmlOf(anOrder(), KEPT, settings)).toContain('<model fallback="forbid">Nehalem</model>');
    expect(xmlOf(anOrder())).not.toContain('<cpu');
  });

  it('has UEFI without secure boot where that is asked for', () => {
    const xml = xmlOf(anOrder({ machine: { firmware: 'UEFI' } }));
    expect(xml).toContain('<os firmware="efi">');
    expect(xml).toContain('<feature enabled="no" name="secure-boot"/>');
  });

  it.each([
    { podNetwork: { network: 'guests' }, want: '<source network="guests"/>' },
    { podNetwork: { bridge: 'br0' }, want: '<source bridge="br0"/>' },
  ])('is on the network of the configuration: $want', ({ podNetwork, want }) => {
    expect(xmlOf(anOrder(), KEPT, someSettings({ podNetwork }))).toContain(want);
  });

  it('has its memory rounded up to what libvirt counts in', () => {
    expect(domainOf(anOrder({ memory: '1048577' })).hardware.get('memory')).toBe('1025');
  });
});

describe('what libvirt has no words for is rejected', () => {
  const settings = someSettings({
    pools: { slow: { namespaces: ['team-b'] }, fast: { namespaces: ['default'] } },
  });
  const native = InstanceSpec.parse(aTemplatedInstance().spec);
  const rows = [
    {
      what: 'a native template of KubeVirt',
      order: anOrder({}, undefined, { vm: renderVm(native, anIdentity(aLibvirtSpec()), undefined) }),
      want: 'VM default/web-1: the driver libvirt has no template of its own.',
    },
    {
      what: 'a claim',
      order: anOrder({ disks: [aVolume('root', { source: { persistentVolumeClaim: { claimName: 'a' } } })] }),
      want: 'Disk "root": the driver libvirt has no disk source persistentVolumeClaim.',
    },
    {
      what: 'a pool that is open to another namespace',
      order: anOrder({ disks: [aVolume('root', { source: { volume: { pool: 'slow', name: 'a' } } })] }),
      want:
        'Disk "root": storage pool "slow" is not open to namespace "default". Use a pool that is, or ask an ' +
        'administrator to open it in the configuration of the operator.',
    },
    {
      what: 'a pool that nobody knows',
      order: anOrder({}, { source: { volume: { pool: 'toString', name: 'a' } } }),
      want:
        `Disk "${RESCUE_DISK}": storage pool "toString" is not open to namespace "default". Use a pool that is, or ` +
        'ask an administrator to open it in the configuration of the operator.',
    },
  ];
  it.each(rows)('$what', ({ order, want }) => {
    expect(renderDomain(order, KEPT, settings)).toEqual({ kind: 'Rejected', message: want });
  });
});

describe('a domain that is read', () => {
  it('is none of ours without our metadata, or with that of somebody who uses our prefix', () => {
    const xml = (metadata: string) =>
      `<domain type='qemu'><name>a.b</name><uuid>${INSTANCE_UID}</uuid>${metadata}<memory unit='KiB'>1024</memory>
       <vcpu placement='static'>2</vcpu><os><type machine='pc'>hvm</type></os><devices/></domain>`;
    expect(parseDomain(xml('')).vm).toBeUndefined();
    const foreign = `<metadata><medevac:vm xmlns:medevac="http://example.com" uid="x" power="On"/></metadata>`;
    expect(parseDomain(xml(foreign))).toMatchObject({ vm: undefined, serial: undefined, macAddresses: [] });
  });

  it('is refused where it is none', () => {
    expect(() => parseDomain('<domain')).toThrow();
    expect(() => parseDomain('<network/>')).toThrow();
  });
});
