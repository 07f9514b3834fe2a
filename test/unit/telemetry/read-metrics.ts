import { Metrics, type Measured } from '../../../src/telemetry/metrics/metrics.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');

export function listed<T>(...things: T[]): { list(): T[] } {
  return { list: () => things };
}

/** What an operator looks at that sees nothing. */
const NOTHING: Measured = {
  caches: [],
  controllers: [],
  lease: 'medevac',
  elector: undefined,
  objects: { instances: listed(), migrations: listed(), nodes: listed(), now: () => NOW },
  admission: { certificateExpiry: undefined },
};

/** Metrics of an operator that looks at the parts given. */
export function someMetrics(parts: Partial<Measured> = {}): Metrics {
  const metrics = new Metrics('10.0.0.1:6443');
  metrics.measure({ ...NOTHING, ...parts });
  return metrics;
}

/** Metrics of an operator that has the objects given in its caches. */
export function metricsOf(objects: Partial<Measured['objects']>): Metrics {
  return someMetrics({ objects: { ...NOTHING.objects, ...objects } });
}

/** The lines of figures, as Prometheus reads them, in the order that was asked for. */
export async function linesOf(metrics: Metrics, ...names: string[]): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return names.flatMap((name) =>
    lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`)),
  );
}
