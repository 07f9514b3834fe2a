import type { InstanceSpec } from '../objects/kinds.ts';
import type { Cause } from './admission.ts';

type Domain = InstanceSpec['domain'];

/** Of an amd64 cluster whose KubeVirt CR says nothing else. */
const machineTypes = ['q35*', 'pc-q35*'];

function cause(message: string, field: string): Cause {
  return { reason: 'FieldValueInvalid', message, field };
}

export function validateMachineType(at: string, { machine }: Domain): Cause[] {
  const type = machine?.type ?? '';
  const field = `${at}.domain.machine.type`;
  const matches = machineTypes.some(
    (pattern) => type.startsWith(pattern.slice(0, -1)) && !type.includes('/'),
  );
  const message = `${field} is not supported: ${type} (allowed values: [${machineTypes.join(' ')}])`;
  return type === '' || matches ? [] : [cause(message, field)];
}

interface KernelContainer {
  readonly image?: string;
  readonly kernelPath?: string;
  readonly initrdPath?: string;
}

interface Firmware {
  readonly bootloader?: { readonly efi?: { readonly secureBoot?: boolean }; readonly bios?: object };
  readonly kernelBoot?: { readonly kernelArgs?: string; readonly container?: KernelContainer };
}

export function validateFirmware(at: string, domain: Domain): Cause[] {
  const { bootloader, kernelBoot } = (domain.firmware ?? {}) as Firmware;
  return [
    ...validateBootloader(`${at}.firmware.bootloader`, bootloader),
    ...validateKernelBoot(`${at}.firmware.kernelBoot`, kernelBoot),
    ...validateSecureBoot(at, domain, bootloader),
  ];
}

function validateBootloader(field: string, bootloader: Firmware['bootloader']): Cause[] {
  return bootloader?.efi !== undefined && bootloader.bios !== undefined
    ? [cause(`${field} has both EFI and BIOS configured, but they are mutually exclusive.`, field)]
    : [];
}

function validateKernelBoot(at: string, { container, kernelArgs }: Firmware['kernelBoot'] = {}): Cause[] {
  if (container !== undefined) {
    return validateKernelContainer(`${at}.container`, container);
  }
  const message = 'kernel arguments cannot be provided without an external kernel';
  return isSet(kernelArgs) ? [cause(message, `${at}.kernelArgs`)] : [];
}

function validateKernelContainer(path: string, container: KernelContainer): Cause[] {
  const required = (message: string, field: string): Cause => ({
    reason: 'FieldValueRequired',
    message,
    field,
  });
  const paths = 'at least one of the following: kernelPath, initrdPath';
  return [
    ...(isSet(container.image) ? [] : [required(`${path} must be defined with an image`, `${path}.image`)]),
    ...(isSet(container.kernelPath) || isSet(container.initrdPath)
      ? []
      : [required(`${path} must be defined with ${paths}`, path)]),
  ];
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Secure boot is on wherever UEFI is, unless it is switched off, and SMM is off unless it is switched on. */
function validateSecureBoot(at: string, { features }: Domain, bootloader: Firmware['bootloader']): Cause[] {
  const secure = bootloader?.efi !== undefined && bootloader.efi.secureBoot !== false;
  const smm = features?.['smm'] as { enabled?: boolean } | undefined;
  const message = `${at} has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`;
  return secure && (smm === undefined || smm.enabled === false) ? [cause(message, at)] : [];
}
