import { describe, expect, it } from '@jest/globals';
import { blame, blamePort, ConfigError } from '../../../src/config/config-error.ts';
import { readConfig, usage } from '../../../src/config/config.ts';
import { SETTINGS } from '../../../src/config/settings.ts';

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
      drain: { limits: { perSource: 2, perCluster: 5, perDestination: 2 }, kept: 10, longestSearch: 60_000 },
      anchors: { image: 'registry.k8s.io/pause:3.10.1', priorityClass: undefined },
      memoryPlacement: 'ByBackend',
      logLevel: 'info',
      webhooks: {
        port: 9443,
        service: 'medevac-webhook',
        extraHosts: [],
        unrescueDuringMigration: 'Refuse',
      },
    });
  });

  it('takes a flag before the environment, and the environment before the default', () => {
    const environment = { MEDEVAC_DRIVER: 'memory', POD_NAMESPACE: 'vms' };

    const config = readConfig(
      ['--driver', 'kubevirt', '--webhook-hosts', '127.0.0.1,localhost'],
      environment,
    );

    expect(config).toMatchObject({ driver: 'kubevirt', namespace: 'vms' });
    expect(config.webhooks.extraHosts).toEqual(['127.0.0.1', 'localhost']);
  });

  it('works in the namespaces that it is told, and in all where it is told none', () => {
    expect(readConfig(['--namespaces', 'team-a,team-b'], {}).namespaces).toEqual(['team-a', 'team-b']);
    expect(readConfig([], { MEDEVAC_NAMESPACES: 'team-a' }).namespaces).toEqual(['team-a']);
    expect(readConfig([], { MEDEVAC_NAMESPACES: '' }).namespaces).toBeUndefined();
  });

  it('can be changed by nobody', () => {
    expect(Object.isFrozen(readConfig([], {}))).toBe(true);
  });

  it.each([
    { name: 'a number with an exponent', argv: ['--workers', '1e1'] },
    { name: 'a number with a sign', argv: ['--workers', '+1'] },
    { name: 'a number in hexadecimal', argv: ['--workers', '0x10'] },
    { name: 'no worker', argv: ['--workers', '0'] },
    { name: 'too many workers', argv: ['--workers', '257'] },
    { name: 'nothing', argv: ['--workers='] },
  ])('takes whole numbers only: $name', ({ argv }) => {
    const message = '--workers (or MEDEVAC_WORKERS): must be a whole number from 1 to 256';
    expect(() => readConfig(argv, {})).toThrow(new ConfigError(message));
  });

  it.each<{ name: string; argv: string[]; environment?: Record<string, string>; want: string }>([
    { name: 'an unknown flag', argv: ['--colour', 'red'], want: "Unknown option '--colour'" },
    { name: 'an unknown short flag', argv: ['-x'], want: "Unknown option '-x'" },
    {
      name: 'a flag without its value',
      argv: ['--driver'],
      want: "Option '--driver <value>' argument missing",
    },
    { name: 'a word that is no flag', argv: ['run'], want: "Unexpected argument 'run'" },
    {
      name: 'a driver that the operator does not have',
      argv: ['--driver', 'xen'],
      want: '--driver (or MEDEVAC_DRIVER): must be one of kubevirt, libvirt, memory',
    },
    ...['', 'team-a,', 'team_a'].map((given) => ({
      name: `namespaces "${given}": that would be all, or none`,
      argv: ['--namespaces', given],
      want: '--namespaces (or MEDEVAC_NAMESPACES): must be a name in small letters, digits and dashes',
    })),
    {
      name: 'driver libvirt without its hosts',
      argv: ['--driver', 'libvirt'],
      want: '--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): is needed by driver libvirt. Name the file with its hosts',
    },
    {
      name: 'a bad value from the environment',
      argv: [],
      environment: { MEDEVAC_WORKERS: '0' },
      want: '--workers (or MEDEVAC_WORKERS): must be a whole number from 1 to 256',
    },
    {
      name: 'a port that is none',
      argv: ['--webhook-port', '70000'],
      want: '--webhook-port (or MEDEVAC_WEBHOOK_PORT): must be a whole number from 0 to 65535',
    },
    {
      name: 'one port for two',
      argv: ['--webhook-port', '8081'],
      want: '--health-port (or MEDEVAC_HEALTH_PORT): port 8081 is that of the webhooks, too. Choose another one',
    },
    {
      name: 'a version that is none',
      argv: ['--minimum-source-version', 'latest'],
      want: '--minimum-source-version (or MEDEVAC_MINIMUM_SOURCE_VERSION): must be a version, such as v1.6.0',
    },
    {
      name: 'neither Refuse nor Defer',
      argv: ['--unrescue-during-migration', 'Wait'],
      want: '--unrescue-during-migration (or MEDEVAC_UNRESCUE_DURING_MIGRATION): must be one of Refuse, Defer',
    },
    {
      name: 'neither true nor false',
      argv: ['--leader-elect', 'perhaps'],
      want: '--leader-elect (or MEDEVAC_LEADER_ELECT): must be one of true, 1, yes, on, y, enabled, false, 0, no, off, n, disabled',
    },
    {
      name: 'a log level that there is not',
      argv: ['--log-level', 'loud'],
      want: '--log-level (or MEDEVAC_LOG_LEVEL): must be one of fatal, error, warn, info, debug, trace',
    },
    {
      name: 'a namespace that cannot be',
      argv: ['--namespace', 'My VMs'],
      want: '--namespace (or POD_NAMESPACE): must be a name in small letters, digits and dashes',
    },
    {
      name: 'a Service with its domain',
      argv: ['--webhook-service', 'medevac.svc'],
      want: '--webhook-service (or MEDEVAC_WEBHOOK_SERVICE): must be a name in small letters, digits and dashes',
    },
    {
      name: 'hosts with a scheme',
      argv: ['--webhook-hosts', 'https://medevac.example'],
      want: '--webhook-hosts (or MEDEVAC_WEBHOOK_HOSTS): must be DNS names and IP addresses with commas between',
    },
    { name: 'no name', argv: ['--identity='], want: '--identity (or POD_NAME): must not be empty' },
  ])('says in one line what is wrong with $name', ({ argv, environment = {}, want }) => {
    expect(() => readConfig(argv, environment)).toThrow(new ConfigError(want));
  });

  it('takes a variable that is set to nothing for one that is not set', () => {
    expect(readConfig([], { MEDEVAC_DRIVER: '', KUBECONFIG: '' })).toMatchObject({ driver: 'kubevirt' });
  });

  it('names every setting in its usage', () => {
    expect(usage().split('\n')).toHaveLength(Object.keys(SETTINGS).length);
    expect(usage()).toContain('--leader-elect');
  });
});

describe('what the machine refuses', () => {
  const failed = (code: string, port?: number, syscall = 'listen') =>
    Object.assign(new Error(code), { code, syscall, ...(port !== undefined && { port }) });

  it.each([
    {
      error: failed('EADDRINUSE', 8081),
      want: '--health-port (or MEDEVAC_HEALTH_PORT): port 8081 is in use. Choose another one, or end what uses it',
    },
    {
      error: failed('EADDRINUSE', 9443),
      want: '--webhook-port (or MEDEVAC_WEBHOOK_PORT): port 9443 is in use. Choose another one, or end what uses it',
    },
    {
      error: failed('EACCES', 443),
      want: '--webhook-port (or MEDEVAC_WEBHOOK_PORT): port 443 may not be opened. Choose one above 1023',
    },
    {
      error: failed('EADDRNOTAVAIL', 8081),
      want: '--bind-address (or MEDEVAC_BIND_ADDRESS): "10.0.0.9" is no address of this machine',
    },
    {
      error: failed('ENOTFOUND', undefined, 'getaddrinfo'),
      want: '--bind-address (or MEDEVAC_BIND_ADDRESS): "10.0.0.9" is no address of this machine',
    },
  ])('$error.message is blamed on its setting', ({ error, want }) => {
    expect(() => blamePort({ healthPort: 8081, bindAddress: '10.0.0.9' })(error)).toThrow(
      new ConfigError(want),
    );
  });

  it.each([new Error('other'), undefined])('%p is no matter of settings', (error) => {
    let thrown: unknown = 'nothing';
    try {
      blamePort({ healthPort: 8081 })(error);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
  });

  it('is told in its first line', () => {
    const want = new ConfigError('--kubeconfig (or KUBECONFIG): not YAML');
    expect(() => blame('kubeconfig')(new Error('not YAML\nat line 1'))).toThrow(want);
    expect(() => blame('kubeconfig')('not YAML')).toThrow(want);
  });
});
