import { Instance } from '../../api/instance.ts';
import type { Invocation } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { forecastDrains, FORECAST_HEAD, rowOfForecast, type Forecast } from '../drain-forecast.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { listAll } from '../list-all.ts';
import { printAs } from '../output.ts';
import type { Session } from '../session.ts';
import { Table } from '../table.ts';
import { readNodes } from './capabilities.ts';

/** Shows what draining some nodes would do, before anything is touched. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const [nodes, { items }] = await Promise.all([readNodes(session), listAll(session.instances, undefined)]);
  const unknown = invocation.names.find((name) => !nodes.some(({ metadata }) => metadata.name === name));
  if (unknown !== undefined) {
    throw new Complaint(`There is no node ${unknown}. kubectl get nodes shows those that there are.`);
  }
  const readable = items.flatMap((item) => Instance.safeParse(item).data ?? []);
  const forecasts = forecastDrains(invocation.names, readable, nodes);
  await print(session, forecasts, invocation);
  return forecasts.some(({ blocked }) => blocked !== undefined) ? EXIT_CODES.refused : EXIT_CODES.done;
}

async function print(
  { terminal }: Session,
  forecasts: readonly Forecast[],
  invocation: Invocation,
): Promise<void> {
  const format = invocation.text('output');
  if (format === 'json' || format === 'yaml') {
    await printAs(format, { vms: forecasts }, terminal);
    return;
  }
  if (forecasts.length === 0) {
    terminal.tell(`No Instance is on ${invocation.names.join(', ')}.`);
    return;
  }
  const lines = new Table(FORECAST_HEAD).lines(forecasts.map(rowOfForecast), 'WithHead');
  const why = forecasts.flatMap(({ blocked }) => (blocked === undefined ? [] : ['', blocked.message]));
  for (const line of [...lines, ...why]) terminal.print(line);
}
