import type { InstanceSpec } from '../objects/kinds.ts';
import type { Cause } from './admission.ts';

type Network = NonNullable<InstanceSpec['networks']>[number];
type Interface = NonNullable<InstanceSpec['domain']['devices']['interfaces']>[number];

const models = ['e1000', 'e1000e', 'igb', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio'];
/** KubeVirt's own, on the bridge inside of each pod. */
const reservedAddress = '02:00:00:00:00:00';
const bindings = ['bridge', 'masquerade', 'sriov', 'passtBinding', 'binding'];

function invalid(message: string, field: string): Cause {
  return { reason: 'FieldValueInvalid', message, field };
}

/** Networks and interfaces, checked in virt-api's order. */
export function validateNetworks(at: string, { networks = [], domain }: InstanceSpec): Cause[] {
  const interfaces = domain.devices.interfaces ?? [];
  const path = (index: number): string => `${at}.domain.devices.interfaces[${index}]`;
  return [
    ...onePodNetwork(at, networks),
    ...networks.flatMap((network, index) => oneSource(`${at}.networks[${index}]`, network)),
    ...interfaces.flatMap((one, index) => oneBinding(path(index), one, networks)),
    ...networks.flatMap(({ name }, index) =>
      uniqueNetwork(`${at}.networks[${index}].name`, name, networks, index),
    ),
    ...unused(at, networks, interfaces),
    ...interfaces.flatMap(({ name }, index) =>
      uniqueInterface(`${path(index)}.name`, name, interfaces, index),
    ),
    ...unknown(at, networks, interfaces),
    ...interfaces.flatMap((one, index) => fields(path(index), one)),
  ];
}

function onePodNetwork(at: string, networks: readonly Network[]): Cause[] {
  const field = `${at}.interfaces`;
  const message = `more than one interface is connected to a pod network in ${field}`;
  const count = networks.filter((network) => network['pod'] !== undefined).length;
  return count > 1 ? [{ reason: 'FieldValueDuplicate', message, field }] : [];
}

function oneSource(field: string, network: Network): Cause[] {
  const count = ['pod', 'multus', 'resourceClaim'].filter((source) => network[source] !== undefined).length;
  const required = (message: string): Cause[] => [{ reason: 'FieldValueRequired', message, field }];
  if (count === 0) {
    return required('should have a network type');
  }
  if (count > 1) {
    return required('should have only one network type');
  }
  const { networkName = '' } = (network['multus'] ?? {}) as { networkName?: string };
  return network['multus'] !== undefined && networkName === ''
    ? required('CNI delegating plugin must have a networkName')
    : [];
}

function oneBinding(field: string, one: Interface, networks: readonly Network[]): Cause[] {
  const network = networks.find(({ name }) => name === one.name);
  const count = bindings.filter((binding) => one[binding] !== undefined).length;
  const message = `logical ${one.name} interface must have exactly one binding method or binding plugin`;
  const offPod = one['masquerade'] !== undefined && network?.['pod'] === undefined;
  return [
    ...(count === 1 ? [] : [invalid(message, field)]),
    ...(offPod ? [invalid('Masquerade interface only implemented with pod network', `${field}.name`)] : []),
    ...(one['masquerade'] !== undefined && one['macAddress'] === reservedAddress
      ? [
          invalid(
            'The requested MAC address is reserved for the in-pod bridge. Please choose another one.',
            `${field}.macAddress`,
          ),
        ]
      : []),
  ];
}

function isRepeated(name: string, all: readonly { name: string }[], index: number): boolean {
  return all.slice(0, index).some((other) => other.name === name);
}

function uniqueNetwork(field: string, name: string, all: readonly Network[], index: number): Cause[] {
  const message = `Network with name "${name}" already exists, every network must have a unique name`;
  return isRepeated(name, all, index) ? [{ reason: 'FieldValueDuplicate', message, field }] : [];
}

function uniqueInterface(field: string, name: string, all: readonly Interface[], index: number): Cause[] {
  const message = 'Only one interface can be connected to one specific network';
  return isRepeated(name, all, index) ? [{ reason: 'FieldValueDuplicate', message, field }] : [];
}

function unused(at: string, networks: readonly Network[], interfaces: readonly Interface[]): Cause[] {
  return networks.flatMap(({ name }, index) => {
    const field = `${at}.networks[${index}].name`;
    const used = interfaces.some((one) => one.name === name);
    return used ? [] : [{ reason: 'FieldValueRequired', message: `${field} '${name}' not found.`, field }];
  });
}

function unknown(at: string, networks: readonly Network[], interfaces: readonly Interface[]): Cause[] {
  return interfaces.flatMap(({ name }, index) => {
    const field = `${at}.domain.devices.interfaces[${index}].name`;
    return networks.some((network) => network.name === name)
      ? []
      : [invalid(`${field} '${name}' not found.`, field)];
  });
}

function fields(path: string, one: Interface): Cause[] {
  const { name } = one;
  const model = one['model'] as string | undefined;
  const unsupported = `interface ${path}.name uses model ${model ?? ''} that is not supported.`;
  return [
    ...(/^[A-Za-z0-9-_]+$/.test(name)
      ? []
      : [
          invalid(
            'Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)',
            `${path}.name`,
          ),
        ]),
    ...(model === undefined || models.includes(model)
      ? []
      : [{ reason: 'FieldValueNotSupported', message: unsupported, field: `${path}.model` }]),
    ...macAddress(path, one['macAddress'] as string | undefined),
  ];
}

function macAddress(path: string, address = ''): Cause[] {
  const wrong = macObstacle(address);
  return wrong === undefined ? [] : [invalid(`interface ${path}.name has ${wrong}.`, `${path}.macAddress`)];
}

/** Six or more bytes in Go's three notations are a MAC address; KubeVirt takes no longer ones. */
function macObstacle(address: string): string | undefined {
  if (address === '') {
    return undefined;
  }
  const bytes = [/^[0-9a-f]{2}([:-][0-9a-f]{2})+$/i, /^[0-9a-f]{4}(\.[0-9a-f]{4})+$/i].some((form) =>
    form.test(address),
  )
    ? address.replaceAll(/[^0-9a-f]/gi, '').length / 2
    : 0;
  if (![6, 8, 20].includes(bytes)) {
    return `malformed MAC address (${address})`;
  }
  return bytes > 6 ? `too long MAC address (${address})` : undefined;
}
