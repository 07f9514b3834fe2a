import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { missingForHosts } from './prerequisites.ts';

/** A suite that needs libvirt hosts. */
export function describeOnHosts(title: string, suite: () => void): void {
  describeWhereThereIs('libvirt hosts', missingForHosts(), title, suite);
}
