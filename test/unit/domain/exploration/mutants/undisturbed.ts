import { limits } from '../models.ts';
import { SMALL, SMALL_WITH_FAULT, type Mutant } from './mutant.ts';

export const UNDISTURBED: readonly Mutant[] = [
  {
    name: 'a VM is booted anew where a migration has put it',
    want: /a VM that is booted as asked \((Normal|Rescue)\) is restarted/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { metadata, status } = observation.instance;
        const running = observation.vm?.running;
        if (decision.lock !== undefined || running?.node !== 'node-b' || running.phase !== 'Running')
          return decision;
        const lock = { type: 'Start', uid: metadata.uid, startedAt: now } as const;
        const taken = status?.operation?.type === 'Start';
        return taken
          ? { ...decision, lock, action: { kind: 'Restart', bootId: running.bootId } }
          : { ...decision, lock };
      },
    }),
  },
  {
    name: 'a failed migration ends with a restart',
    want: /Restart is ordered while the lock is .*Migrate|is restarted/,
    limits: SMALL_WITH_FAULT,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { migration, vm } = observation;
        const decision = decideInstance(observation, now);
        if (migration?.observed?.phase !== 'Failed' || vm?.running === undefined) return decision;
        return { ...decision, action: { kind: 'Restart', bootId: vm.running.bootId } };
      },
    }),
  },
  {
    name: 'a rescued VM that should not run otherwise is stopped',
    want: /the VM is stored to be Off, the spec asks for On/,
    limits: limits({ users: ['rescue', 'power'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const power = observation.instance.spec.powerState === 'Running' ? 'On' : 'Off';
        return { ...decision, target: { ...decision.target, power } };
      },
    }),
  },
  {
    name: 'an edit of the hardware is carried out at once',
    want: /a VM that is booted as asked \(Normal\) is restarted|Define is ordered while the lock is undefined/,
    limits: limits({ users: ['edit'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { instance, vm } = observation;
        const wanted = decision.target.vm.boot.specHash;
        const running = vm?.running;
        if (running?.phase !== 'Running' || running.boot.specHash === wanted) return decision;
        const lock = { type: 'Start', uid: instance.metadata.uid, startedAt: now } as const;
        if (instance.status?.operation === undefined) return { ...decision, lock };
        const stored = vm?.stored.boot.specHash === wanted;
        return {
          ...decision,
          lock,
          action: stored ? { kind: 'Restart', bootId: running.bootId } : { kind: 'Define' },
        };
      },
    }),
  },
];
