import { formatKey, keyOf, type ObjectKey } from '../../kube/resource.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { migrationsAtWork } from '../world.ts';
import { reconcileLiveMigration } from './reconcile.ts';

/** Wakes a LiveMigration when it, its Instance or what its driver knows of it changes. */
export function liveMigrationController(deps: ControllerDeps, workers: number): Controller {
  const { world, logger } = deps;
  const controller = new Controller({
    name: 'live-migration',
    workers,
    logger,
    reconcile: (key) => reconcileLiveMigration(key, deps),
  });
  world.migrations.onChange(({ object }) => controller.enqueue(formatKey(keyOf(object))));
  world.instances.onChange(({ object }) => wakeMigrations(controller, deps)(keyOf(object)));
  world.unreadable.migrations.onChange(({ object }) => controller.enqueue(formatKey(keyOf(object))));
  world.unreadable.instances.onChange(({ object }) => wakeMigrations(controller, deps)(keyOf(object)));
  return controller;
}

/** What a driver calls when a VM, or a migration of it, has changed. */
export function wakeMigrations(controller: Controller, { world }: ControllerDeps): (key: ObjectKey) => void {
  return (key) => {
    for (const migration of migrationsAtWork(world, formatKey(key))) {
      controller.enqueue(formatKey(keyOf(migration)));
    }
  };
}
