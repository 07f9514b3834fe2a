import type { InstanceSpec, Volume } from '../objects/kinds.ts';
import type { Cause } from './admission.ts';

const longestData = 2048;

function cause(message: string, field: string): Cause {
  return { reason: 'FieldValueInvalid', message, field };
}

/** What a seed for cloud-init says: one source of user data, one of network data, and not much of either. */
export function validateCloudInit(at: string, volume: Volume): Cause[] {
  const type = volume.cloudInitNoCloud === undefined ? 'cloudInitConfigDrive' : 'cloudInitNoCloud';
  const seed = volume[type];
  if (seed === undefined) {
    return [];
  }
  const path = `${at}.${type}`;
  const user = [seed.secretRef?.name, seed.userDataBase64, seed.userData].filter(isSet).length;
  const networks = [seed.networkDataSecretRef?.name, seed.networkDataBase64, seed.networkData];
  const network = networks.filter(isSet).length;
  return [
    ...base64(path, type, 'userDataBase64', seed.userDataBase64),
    ...(user > 1 ? [cause(`${path} must have only one userdatasource set.`, path)] : []),
    ...tooLong(path, 'userdata', 'UserData', sizeOf(seed.userData, seed.userDataBase64)),
    ...base64(path, type, 'networkDataBase64', seed.networkDataBase64),
    ...(network > 1 ? [cause(`${path} must have only one networkdata source set.`, path)] : []),
    ...tooLong(path, 'networkdata', 'NetworkData', sizeOf(seed.networkData, seed.networkDataBase64)),
    ...(user + network === 0
      ? [cause(`${path} must have at least one userdatasource or one networkdatasource set.`, path)]
      : []),
  ];
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function base64(path: string, type: string, name: string, value = ''): Cause[] {
  const field = `${path}.${name}`;
  // Go's decoder takes line breaks, and nothing else that does not belong there.
  const text = value.replaceAll(/[\r\n]/g, '');
  const canonical = Buffer.from(text, 'base64').toString('base64') === text;
  return canonical ? [] : [cause(`${field}.${type}.${name} is not a valid base64 value.`, field)];
}

function sizeOf(text = '', encoded = ''): number {
  return text === '' ? Buffer.from(encoded, 'base64').length : Buffer.byteLength(text);
}

function tooLong(path: string, what: string, name: string, size: number): Cause[] {
  const advice = `Should use ${name}SecretRef for larger data.`;
  return size > longestData
    ? [cause(`${path} ${what} exceeds ${longestData} byte limit. ${advice}`, path)]
    : [];
}

interface Credential {
  readonly sshPublicKey?: {
    readonly propagationMethod?: { readonly noCloud?: object; readonly configDrive?: object };
  };
}

/** SSH keys that go into a seed need one; that is all that is checked of credentials here. */
export function validateAccessCredentials(at: string, spec: InstanceSpec): Cause[] {
  const credentials = (spec['accessCredentials'] ?? []) as readonly Credential[];
  const has = (type: 'cloudInitNoCloud' | 'cloudInitConfigDrive'): boolean =>
    (spec.volumes ?? []).some((volume) => volume[type] !== undefined);
  const [noCloud, configDrive] = [has('cloudInitNoCloud'), has('cloudInitConfigDrive')];
  return credentials.flatMap(({ sshPublicKey }, index) => {
    const method = sshPublicKey?.propagationMethod ?? {};
    const missing = (type: string): Cause =>
      cause(
        `${at}[${index}] requires a ${type} volume to exist when the ${type} propagationMethod is in use.`,
        `${at}[${index}].sshPublicKey.propagationMethod`,
      );
    return [
      ...(method.noCloud !== undefined && !noCloud ? [missing('noCloud')] : []),
      ...(method.configDrive !== undefined && !configDrive ? [missing('configDrive')] : []),
    ];
  });
}
