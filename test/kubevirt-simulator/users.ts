/**
 * Who writes what: every part of KubeVirt and of the cluster that the simulator plays writes as a user of its own, under
 * the name that the real one has, so that an audit log can be read and the webhooks can tell KubeVirt from others.
 */
export const user = {
  virtController: 'system:serviceaccount:kubevirt:kubevirt-controller',
  virtApi: 'system:serviceaccount:kubevirt:kubevirt-apiserver',
  virtHandler: 'system:serviceaccount:kubevirt:kubevirt-handler',
  virtOperator: 'system:serviceaccount:kubevirt:kubevirt-operator',
  scheduler: 'system:kube-scheduler',
  kubelet: 'kubevirt-simulator:kubelet',
} as const;

export type SimulatorUser = (typeof user)[keyof typeof user];

const groups = ['system:masters'];

/** For ControlPlaneOptions.users: the control plane must know these users before the simulator is started. */
export const simulatorUsers: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.values(user).map((name) => [name, groups]),
);
