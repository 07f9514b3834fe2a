import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

export const DELETION: readonly Mutant[] = [
  {
    name: 'an Instance that is being deleted is brought to what it asks for',
    want: /Define is ordered for an Instance that is deleted/,
    limits: limits({ users: ['rescue', 'deletion'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance } = observation;
        const { deletionTimestamp, ...metadata } = instance.metadata;
        return decideInstance({ ...observation, instance: { ...instance, metadata } }, now);
      },
    }),
  },
  {
    name: 'a migration of an Instance that is being deleted goes on',
    want: /Migrate is ordered for an Instance that is deleted/,
    limits: limits({ users: ['migrate', 'deletion'] }),
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const { instance } = observation;
        if (instance === undefined) return decideMigration(observation, now);
        const { deletionTimestamp, ...metadata } = instance.instance.metadata;
        const kept = { ...instance, instance: { ...instance.instance, metadata } };
        return decideMigration({ ...observation, instance: kept }, now);
      },
    }),
  },
];
