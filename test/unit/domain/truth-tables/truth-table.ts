/** Who may do what: every combination of what it may depend on, answered by rows that leave out what they don't care for. */
export interface TruthTable<Axes extends Record<string, readonly string[]>> {
  readonly axes: Axes;
  readonly rows: readonly TruthRow<Axes>[];
  /** What the real code answers, as the rows say it. */
  answer(combination: Combination<Axes>): string;
}

interface TruthRow<Axes extends Record<string, readonly string[]>> {
  /** Values for which the row holds; an axis that is left out may have any. */
  readonly where: { readonly [Axis in keyof Axes]?: readonly Axes[Axis][number][] };
  /** `admitted`, `nothing changes`, `warning`, or code and reason of a refusal. */
  readonly want: string;
  /** What Nova answers. */
  readonly nova: string;
  /** Why medevac answers something else. */
  readonly why?: string;
}

export type Combination<Axes extends Record<string, readonly string[]>> = {
  readonly [Axis in keyof Axes]: Axes[Axis][number];
};

/** A table whatever its axes are. */
export type AnyTruthTable = TruthTable<Record<string, readonly string[]>>;

/** Every combination of the values of the axes. */
export function combinationsOf({ axes }: AnyTruthTable): Readonly<Record<string, string>>[] {
  return Object.entries(axes).reduce<Record<string, string>[]>(
    (combinations, [axis, values]) =>
      combinations.flatMap((one) => values.map((value) => ({ ...one, [axis]: value }))),
    [{}],
  );
}

/** Whether a row holds for a combination. */
export function holdsFor(
  { where }: AnyTruthTable['rows'][number],
  one: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(where).every(([axis, values]) => values?.includes(one[axis] ?? '') ?? true);
}

/** The cells of a row, one an axis. */
export function cellsOf({ axes }: AnyTruthTable, { where }: AnyTruthTable['rows'][number]): string[] {
  return Object.entries(axes).map(([axis, all]) => {
    const values = where[axis] ?? all;
    const others = all.filter((value) => !values.includes(value));
    if (others.length === 0) return 'any';
    return others.length < values.length && all.length > 3
      ? `any but ${others.join(', ')}`
      : values.join(', ');
  });
}
