import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig, usage } from '../../../src/config/config.ts';

describe('readConfig', () => {
  it('has a default for everything but the identity, which is the name of the host', () => {
    const { identity, ...config } = readConfig([], {});

    expect(identity).not.toBe('');
    expect(config).toEqual({
      driver: 'kubevirt',
      namespace: 'medevac',
      leaderElect: true,
      healthPort: 8081,
      workers: 8,
      kubeVirtNamespace: 'kubevirt',
      minimumVersion: { source: undefined, destination: undefined },
      logLevel: 'info',
      webhooks: { port: 9443, service: 'medevac-webhook', extraHosts: [] },
    });
  });

  it('takes a flag before the environment, and the environment before the default', () => {
    const environment = { MEDEVAC_DRIVER: 'memory', POD_NAMESPACE: 'vms' };

    const config = readConfig(['--driver', 'libvirt', '--webhook-hosts', '127.0.0.1,localhost'], environment);

    expect(config).toMatchObject({ driver: 'libvirt', namespace: 'vms' });
    expect(config.webhooks.extraHosts).toEqual(['127.0.0.1', 'localhost']);
  });

  it('can be changed by nobody', () => {
    expect(Object.isFrozen(readConfig([], {}))).toBe(true);
  });

  it.each([
    ['an unknown flag', ['--colour', 'red'], {}, /^Unknown option '--colour'/],
    ['a flag without its value', ['--driver'], {}, /--driver/],
    ['a driver that there is not', ['--driver', 'xen'], {}, /^--driver \(or MEDEVAC_DRIVER\): /],
    ['a bad value from the environment', [], { MEDEVAC_WORKERS: '0' }, /^--workers \(or MEDEVAC_WORKERS\): /],
    ['a port that is none', ['--webhook-port', '70000'], {}, /^--webhook-port \(or MEDEVAC_WEBHOOK_PORT\): /],
    [
      'neither true nor false',
      ['--leader-elect', 'perhaps'],
      {},
      /^--leader-elect \(or MEDEVAC_LEADER_ELECT\): /,
    ],
    [
      'a version that is none',
      ['--minimum-source-version', 'latest'],
      {},
      /^--minimum-source-version \(or MEDEVAC_MINIMUM_SOURCE_VERSION\): must be a version, such as v1\.6\.0$/,
    ],
  ])('says in one line what is wrong with %s', (_, argv, environment, message) => {
    const read = () => readConfig(argv, environment);

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/\n/);
  });

  it('names every setting in its usage', () => {
    expect(usage().split('\n')).toHaveLength(15);
    expect(usage()).toContain('--leader-elect');
  });
});
