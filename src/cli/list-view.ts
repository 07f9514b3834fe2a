import type { KubeObject } from '../kube/resource.ts';
import { headOfInstances, rowOfInstance, unfinishedByInstance, type RowOptions } from './instance-row.ts';
import { InstanceObject, keyText, MigrationObject } from './objects.ts';
import type { Change, Session } from './session.ts';
import { Table } from './table.ts';

/** The table, and what becomes of its rows: a row is printed again when what it says has changed. */
export class ListView {
  readonly #session: Session;
  readonly #options: RowOptions;
  readonly #table: Table;
  readonly #instances = new Map<string, InstanceObject>();
  readonly #migrations = new Map<string, MigrationObject>();
  readonly #printed = new Map<string, string>();

  constructor(session: Session, options: RowOptions) {
    this.#session = session;
    this.#options = options;
    this.#table = new Table(headOfInstances(options));
  }

  begin(instances: readonly KubeObject[], migrations: readonly KubeObject[]): void {
    for (const raw of migrations) this.#take(this.#migrations, MigrationObject.parse(raw));
    for (const raw of instances) this.#take(this.#instances, InstanceObject.parse(raw));
    const keys = [...this.#instances.keys()].sort();
    const { terminal } = this.#session;
    if (keys.length === 0) {
      const where = this.#options.allNamespaces ? '' : ` in namespace ${this.#session.namespace}`;
      terminal.tell(`There are no Instances${where}.`);
      return;
    }
    this.#table
      .lines(
        keys.map((key) => this.#row(key)),
        'WithHead',
      )
      .forEach((line) => {
        terminal.print(line);
      });
  }

  instanceChanged({ type, object }: Change): void {
    const instance = InstanceObject.parse(object);
    const key = keyText(instance);
    if (type !== 'DELETED') {
      this.#instances.set(key, instance);
      this.#printRow(key);
      return;
    }
    this.#instances.delete(key);
    this.#printed.delete(key);
    this.#session.terminal.tell(`Instance ${key} was deleted.`);
  }

  migrationChanged({ type, object }: Change): void {
    const migration = MigrationObject.parse(object);
    if (type === 'DELETED') this.#migrations.delete(keyText(migration));
    else this.#take(this.#migrations, migration);
    const key = `${migration.metadata.namespace}/${migration.spec.instanceName}`;
    if (this.#instances.has(key)) this.#printRow(key);
  }

  #take<T extends InstanceObject | MigrationObject>(into: Map<string, T>, object: T): void {
    into.set(keyText(object), object);
  }

  #row(key: string): string[] {
    const instance = this.#instances.get(key);
    if (instance === undefined) return [];
    const migration = unfinishedByInstance([...this.#migrations.values()]).get(key);
    const row = rowOfInstance(instance, migration, { ...this.#options, now: this.#session.now() });
    // What only time changes is no change.
    this.#printed.set(key, JSON.stringify(rowOfInstance(instance, migration, { ...this.#options, now: 0 })));
    return row;
  }

  #printRow(key: string): void {
    const before = this.#printed.get(key);
    const row = this.#row(key);
    if (this.#printed.get(key) === before) return;
    const head = this.#printed.size === 1 && before === undefined ? 'WithHead' : 'WithoutHead';
    this.#table.lines([row], head).forEach((line) => {
      this.#session.terminal.print(line);
    });
  }
}
