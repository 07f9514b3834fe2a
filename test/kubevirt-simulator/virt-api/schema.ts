/**
 * The shapes of KubeVirt's specs, as deep as somebody who renders one goes: the API server drops fields that are not
 * listed and refuses values of another type, as it does with KubeVirt's own definitions. Below that, anything goes.
 */
type Schema = Readonly<Record<string, unknown>>;

const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const anyList: Schema = { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } };
const quantity: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
};

function fields(schema: Schema, names: string): Record<string, Schema> {
  return Object.fromEntries(names.split(' ').map((name) => [name, schema]));
}

function object(properties: Record<string, Schema>, ...required: string[]): Schema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

function list(items: Schema): Schema {
  return { type: 'array', items };
}

const strings = (names: string): Record<string, Schema> => fields({ type: 'string' }, names);
const booleans = (names: string): Record<string, Schema> => fields({ type: 'boolean' }, names);
const integers = (names: string): Record<string, Schema> => fields({ type: 'integer' }, names);
const objects = (names: string): Record<string, Schema> => fields(anything, names);
const lists = (names: string): Record<string, Schema> => fields(anyList, names);
const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };

const disk = object(
  {
    ...strings('name cache errorPolicy io serial tag'),
    ...booleans('changedBlockTracking dedicatedIOThread shareable'),
    ...integers('bootOrder'),
    ...objects('blockSize lun'),
    cdrom: object({ ...strings('bus tray'), ...booleans('readonly') }),
    disk: object({ ...strings('bus pciAddress'), ...booleans('readonly') }),
  },
  'name',
);

const networkInterface = object(
  {
    ...strings('name macAddress model pciAddress state tag'),
    ...integers('acpiIndex bootOrder'),
    ...objects('binding bridge dhcpOptions macvtap masquerade passt passtBinding slirp sriov'),
    ...lists('portRanges ports'),
  },
  'name',
);

const volume = object(
  {
    ...strings('name'),
    ...objects(
      'cloudInitConfigDrive configMap containerPath dataVolume downwardAPI downwardMetrics emptyDisk ephemeral',
    ),
    ...objects('hostDisk memoryDump secret serviceAccount sysprep'),
    cloudInitNoCloud: object({
      ...strings('networkData networkDataBase64 userData userDataBase64'),
      ...objects('networkDataSecretRef secretRef'),
    }),
    containerDisk: object(strings('image imagePullPolicy imagePullSecret path'), 'image'),
    persistentVolumeClaim: object(
      { ...strings('claimName'), ...booleans('hotpluggable readOnly') },
      'claimName',
    ),
  },
  'name',
);

const devices = object({
  ...booleans('autoattachGraphicsDevice autoattachInputDevice autoattachMemBalloon autoattachPodInterface'),
  ...booleans('autoattachSerialConsole autoattachVSOCK blockMultiQueue disableHotplug logSerialConsole'),
  ...booleans('networkInterfaceMultiqueue useVirtioTransitional'),
  ...objects('clientPassthrough downwardMetrics rng sound tpm video watchdog'),
  ...lists('filesystems gpus hostDevices inputs panicDevices'),
  disks: list(disk),
  interfaces: list(networkInterface),
});

const domain = object(
  {
    ...strings('ioThreadsPolicy rebootPolicy'),
    ...objects('chassis clock features ioThreads launchSecurity resources'),
    cpu: object({
      ...strings('model'),
      ...integers('cores maxSockets sockets threads'),
      ...booleans('dedicatedCpuPlacement isolateEmulatorThread'),
      ...objects('numa realtime'),
      ...lists('features'),
    }),
    devices,
    firmware: object({ ...strings('serial uuid'), ...objects('acpi bootloader kernelBoot') }),
    machine: object(strings('type')),
    memory: object({ ...fields(quantity, 'guest maxGuest'), ...objects('hugepages reservedOverhead') }),
  },
  'devices',
);

export const instanceSpecSchema = object(
  {
    ...strings(
      'architecture dnsPolicy evictionStrategy hostname priorityClassName schedulerName serviceAccountName',
    ),
    ...strings('startStrategy subdomain'),
    ...integers('terminationGracePeriodSeconds'),
    ...objects('affinity dnsConfig livenessProbe readinessProbe'),
    ...lists('accessCredentials resourceClaims tolerations topologySpreadConstraints utilityVolumes'),
    domain,
    networks: list(object({ ...strings('name'), ...objects('multus pod resourceClaim') }, 'name')),
    nodeSelector: stringMap,
    volumes: list(volume),
  },
  'domain',
);

export const machineSpecSchema = object(
  {
    ...strings('runStrategy updateVolumesStrategy'),
    ...booleans('running'),
    ...objects('instancetype preference'),
    ...lists('dataVolumeTemplates'),
    template: object({ metadata: { ...anything, nullable: true }, spec: instanceSpecSchema }),
  },
  'template',
);

export const migrationSpecSchema = object({
  ...strings('priority vmiName'),
  ...objects('receive sendTo'),
  addedNodeSelector: stringMap,
});

export const anySpecSchema = anything;
