const units: readonly (readonly [string, bigint])[] = [
  ['Ei', 1n << 60n],
  ['Pi', 1n << 50n],
  ['Ti', 1n << 40n],
  ['Gi', 1n << 30n],
  ['Mi', 1n << 20n],
  ['Ki', 1n << 10n],
  ['E', 10n ** 18n],
  ['P', 10n ** 15n],
  ['T', 10n ** 12n],
  ['G', 10n ** 9n],
  ['M', 10n ** 6n],
  ['k', 10n ** 3n],
  ['', 1n],
];

/** Bytes of a Kubernetes quantity of memory; undefined for what is none (fractions of bytes are of no use here). */
export function parseQuantity(quantity: string): bigint | undefined {
  const found = /^(\d+)(Ei|Pi|Ti|Gi|Mi|Ki|E|P|T|G|M|k|)$/.exec(quantity);
  const unit = units.find(([name]) => name === found?.[2])?.[1];
  return found?.[1] === undefined || unit === undefined ? undefined : BigInt(found[1]) * unit;
}

/** The canonical binary form: the largest unit that leaves a whole number. */
export function formatQuantity(bytes: bigint): string {
  const [name, unit] = units.find(([suffix, size]) => suffix.endsWith('i') && bytes % size === 0n) ?? [
    '',
    1n,
  ];
  return `${bytes / unit}${name}`;
}
