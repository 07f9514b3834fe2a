import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LibvirtSettings, parseLibvirtSettings } from '../../../src/drivers/libvirt/settings.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/libvirt.md'), 'utf8');

describe('docs/libvirt.md', () => {
  it('has an example that the operator can be started with', () => {
    const [, example = ''] = /```json\n([^]*?)```/.exec(PAGE) ?? [];
    expect(parseLibvirtSettings(example)).toMatchObject({ podNetwork: { bridge: 'br0' } });
  });

  it('names every field', () => {
    const named = [...PAGE.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
    expect(named.toSorted()).toEqual(Object.keys(LibvirtSettings.shape).toSorted());
  });
});
