import { createHash } from 'node:crypto';

/** Namespace of the UUIDs that KubeVirt makes from a machine's name where its template has none. */
const namespaceUuid = '6a1a24a1-4061-4607-8bf4-a3963d0c5895';

/** RFC 9562 version 5. */
export function legacyFirmwareUuid(name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespaceUuid.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
