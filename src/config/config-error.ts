import { SETTINGS, type SettingName } from './settings.ts';

/** A setting that can't be used; the message is one line that names it. */
export class ConfigError extends Error {}

/** Says which setting is to blame, and why: flag, the variable that stands in for it, and the first line of the reason. */
export function badSetting(name: SettingName, why: string): ConfigError {
  const { flag, variable } = SETTINGS[name];
  return new ConfigError(`--${flag} (or ${variable}): ${why.split('\n')[0] ?? ''}`);
}

/** For `catch`: blames a setting for whatever was thrown. @throws ConfigError */
export function blame(name: SettingName): (error: unknown) => never {
  return (error) => {
    throw badSetting(name, error instanceof Error ? error.message : String(error));
  };
}

/** For `catch`: blames the setting of a port or an address that can't be listened on. @throws ConfigError, or what it was given */
export function blamePort({
  healthPort,
  bindAddress,
}: {
  readonly healthPort: number;
  readonly bindAddress?: string | undefined;
}): (error: unknown) => never {
  return (error) => {
    const { code, syscall, port = '' } = (error ?? {}) as NodeJS.ErrnoException & { port?: number };
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw error;
    const name = port === healthPort ? 'healthPort' : 'webhookPort';
    if (code === 'EADDRINUSE') {
      throw badSetting(name, `port ${port} is in use. Choose another one, or end what uses it`);
    }
    if (code === 'EACCES') throw badSetting(name, `port ${port} may not be opened. Choose one above 1023`);
    throw badSetting('bindAddress', `"${bindAddress ?? ''}" is no address of this machine`);
  };
}
