/** A guest as one would define it by hand: what the stage's own tests boot, without the product. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LibvirtHost } from './libvirt-host.ts';
import type { LibvirtHosts } from './libvirt-hosts.ts';

export const GUEST = {
  domain: 'plain',
  uuid: '6d656465-7661-4c00-8000-000000000001',
  serial: 'PLAIN-1',
  mac: '52:54:00:6d:65:01',
  rootDisk: 'plain-root.img',
  rescueDisk: 'plain-rescue.img',
} as const;

function disk(
  path: string,
  { target, serial, bootOrder }: Record<'target' | 'serial' | 'bootOrder', string>,
): string {
  return `
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='${path}'/>
      <target dev='${target}' bus='virtio'/>
      <serial>${serial}</serial>
      <boot order='${bootOrder}'/>
    </disk>`;
}

function domainXml(storage: string, boot: 'root' | 'rescue'): string {
  const root = { target: 'vda', serial: 'root', bootOrder: boot === 'root' ? '1' : '2' };
  const rescue = { target: 'vdb', serial: 'rescue', bootOrder: '1' };
  const disks = [disk(join(storage, GUEST.rootDisk), root)];
  if (boot === 'rescue') disks.push(disk(join(storage, GUEST.rescueDisk), rescue));
  return `
<domain type='qemu'>
  <name>${GUEST.domain}</name>
  <uuid>${GUEST.uuid}</uuid>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><smbios mode='sysinfo'/></os>
  <sysinfo type='smbios'><system><entry name='serial'>${GUEST.serial}</entry></system></sysinfo>
  <features><acpi/></features>
  <on_crash>preserve</on_crash>
  <devices>${disks.join('')}
    <interface type='bridge'>
      <source bridge='br0'/><mac address='${GUEST.mac}'/><model type='virtio'/><rom enabled='no'/>
    </interface>
    <serial type='pty'><log file='/var/log/libvirt/qemu/${GUEST.domain}-serial0.log' append='on'/></serial>
    <panic model='isa'/>
  </devices>
</domain>`;
}

/** Defines the guest on a host, again if it is defined there. It boots from the disk with that system. */
export async function definePlainGuest(
  stage: LibvirtHosts,
  host: LibvirtHost,
  boot: 'root' | 'rescue',
): Promise<void> {
  const path = join(stage.folder, 'plain.xml');
  await writeFile(path, domainXml(stage.storage, boot));
  await host.virsh('define', path);
}
