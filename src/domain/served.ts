/** What who asks for something is told in a namespace that the operator does not work in; nothing is refused there. */
export function notServedText(namespace: string, name: string): string {
  return (
    `medevac does not work in namespace "${namespace}": nothing becomes of ${namespace}/${name} until an admin of the cluster ` +
    'adds the namespace to its setting --namespaces (chart: namespaces).'
  );
}
