const FACTORS: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** Number of bytes of a quantity of the API, such as `4Gi`. */
export function bytesOf(quantity: string): number {
  const [, amount = '0', unit = ''] = /^([0-9]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(amount) * (FACTORS[unit] ?? 1);
}
