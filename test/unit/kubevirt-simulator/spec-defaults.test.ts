import { describe, expect, it } from '@jest/globals';
import type { InstanceSpec } from '../../kubevirt-simulator/objects/kinds.ts';
import { canonicalQuantity, likeGo } from '../../kubevirt-simulator/virt-api/like-go.ts';
import { withSpecDefaults } from '../../kubevirt-simulator/virt-api/spec-defaults.ts';

function spec(rest: Partial<InstanceSpec> = {}): InstanceSpec {
  return { domain: { devices: {} }, ...rest };
}

describe('what virt-api makes of a spec', () => {
  it.each([
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['2048Ki', '2Mi'],
    ['1Gi', '1Gi'],
    ['500M', '500M'],
    ['1073741824', '1073741824'],
    [2, '2'],
  ])('writes the quantity %s as %s', (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });

  it('drops what Go calls empty, so that a spec read back differs from the one sent', () => {
    const sent = spec({
      nodeSelector: {},
      tolerations: [],
      domain: {
        resources: { requests: {}, limits: { memory: '1024Mi' } },
        devices: { disks: [{ name: 'a', disk: { bus: 'virtio', readonly: false } }], interfaces: [] },
      },
    });

    expect(likeGo(sent)).toEqual({
      domain: {
        resources: { limits: { memory: '1Gi' } },
        devices: { disks: [{ name: 'a', disk: { bus: 'virtio' } }] },
      },
    });
  });

  it('keeps a disk that says that it is read-only', () => {
    const disks = [{ name: 'a', disk: { bus: 'virtio', readonly: true } }];

    expect(likeGo(spec({ domain: { devices: { disks } } })).domain.devices.disks).toEqual(disks);
  });

  it('gives a volume that no disk names a disk', () => {
    const volumes = [{ name: 'a', containerDisk: { image: 'demo/a:1' } }];

    expect(withSpecDefaults(spec({ volumes })).domain.devices.disks).toEqual([
      { name: 'a', disk: { bus: 'virtio' } },
    ]);
  });

  it('gives the pod network to an instance that says nothing about networks', () => {
    const filled = withSpecDefaults(spec());

    expect(filled.networks).toEqual([{ name: 'default', pod: {} }]);
    expect(filled.domain.devices.interfaces).toEqual([{ name: 'default', masquerade: {} }]);
  });

  it('gives no network to an instance that wants none', () => {
    const filled = withSpecDefaults(spec({ domain: { devices: { autoattachPodInterface: false } } }));

    expect(filled.networks).toBeUndefined();
    expect(filled.domain.devices.interfaces).toBeUndefined();
  });

  it.each([
    ['demo/a:1', 'IfNotPresent'],
    ['demo/a', 'Always'],
    ['demo/a:latest', 'Always'],
  ])('pulls %s %s', (image, imagePullPolicy) => {
    const volumes = [{ name: 'a', containerDisk: { image } }];

    expect(withSpecDefaults(spec({ volumes })).volumes).toEqual([
      { name: 'a', containerDisk: { image, imagePullPolicy } },
    ]);
  });
});
