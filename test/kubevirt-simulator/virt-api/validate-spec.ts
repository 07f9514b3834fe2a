import type { InstanceSpec, VirtualMachineSpec } from '../objects/kinds.ts';
import { label } from '../objects/names.ts';
import type { Cause } from './admission.ts';
import { withSpecDefaults } from './spec-defaults.ts';
import { validateAccessCredentials } from './validate-cloud-init.ts';
import { validateBootOrder, validateDisks, validateVolumes } from './validate-disks.ts';
import { validateFirmware, validateMachineType } from './validate-machine.ts';
import { validateNetworks } from './validate-networks.ts';

const runStrategies = ['Halted', 'Manual', 'Always', 'RerunOnFailure', 'Once'];
const evictionStrategies = ['LiveMigrate', 'LiveMigrateIfPossible', 'None', 'External'];

/** Labels that only KubeVirt itself may put on an instance. */
export const reservedLabels: readonly string[] = [
  label.createdBy,
  label.migrationJob,
  label.nodeName,
  label.migrationTargetNode,
  label.schedulable,
  'kubevirt.io/install-strategy',
];

function hasReservedLabel(labels: Readonly<Record<string, string>> = {}): boolean {
  return reservedLabels.some((key) => labels[key] !== undefined);
}

/** What virt-api checks of a VirtualMachine, as far as somebody who renders one can get it wrong. */
export function validateMachineSpec(spec: Partial<VirtualMachineSpec>, byKubeVirt: boolean): Cause[] {
  const { template } = spec;
  if (template === undefined) {
    return [
      { reason: 'FieldValueRequired', message: 'missing virtual machine template.', field: 'spec.template' },
    ];
  }
  return [
    ...(byKubeVirt ? [] : validateLabels('spec.template.metadata', template.metadata?.labels)),
    ...validateInstanceSpec('spec.template.spec', withSpecDefaults(template.spec)),
    ...validateRunStrategy(spec),
  ];
}

export function validateLabels(at: string, labels: Readonly<Record<string, string>> = {}): Cause[] {
  if (!hasReservedLabel(labels)) {
    return [];
  }
  const message = 'creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited';
  return [{ reason: 'FieldValueNotSupported', message, field: `${at}.labels` }];
}

export function validateInstanceSpec(at: string, spec: InstanceSpec): Cause[] {
  const { domain, volumes = [] } = spec;
  return [
    ...validateMachineType(at, domain),
    ...validateNetworks(at, spec),
    ...validateBootOrder(at, spec),
    ...validateDisks(`${at}.domain.devices.disks`, domain.devices.disks ?? []),
    ...validateFirmware(`${at}.domain`, domain),
    ...validateVolumes(`${at}.volumes`, volumes),
    ...validateAccessCredentials(`${at}.accessCredentials`, spec),
    ...validateEvictionStrategy(at, spec),
  ];
}

function validateEvictionStrategy(at: string, { evictionStrategy }: InstanceSpec): Cause[] {
  const field = `${at}.evictionStrategy`;
  return evictionStrategy === undefined || evictionStrategies.includes(evictionStrategy)
    ? []
    : [
        {
          reason: 'FieldValueInvalid',
          message: `${field} is set with an unrecognized option: ${evictionStrategy}`,
          field,
        },
      ];
}

function validateRunStrategy({ running, runStrategy }: Partial<VirtualMachineSpec>): Cause[] {
  const invalid = (message: string, field: string): Cause[] => [
    { reason: 'FieldValueInvalid', message, field },
  ];
  if (running !== undefined && runStrategy !== undefined) {
    const message =
      'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead';
    return invalid(message, 'spec.running');
  }
  if (running === undefined && runStrategy === undefined) {
    return invalid('RunStrategy must be specified', 'spec.running');
  }
  return runStrategy === undefined || runStrategies.includes(runStrategy)
    ? []
    : invalid(`Invalid RunStrategy (${runStrategy})`, 'spec.runStrategy');
}
