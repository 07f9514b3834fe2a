import { describe, expect, it } from '@jest/globals';
import { remedyFor } from '../../../../../src/drivers/libvirt/check/remedies.ts';

const TLS = 'qemu+tls://node-b.example/system';

describe('what can be done about what libvirt says', () => {
  it.each([
    {
      words: "unable to connect to server at 'node-b.example:16509': Connection refused",
      uri: 'qemu+tcp://node-b.example/system',
      want: 'Nothing listens there on node-b, or a firewall refuses: on node-b, systemctl enable --now libvirtd-tcp.socket (or virtproxyd-tcp.socket).',
    },
    {
      words: "unable to connect to server at 'node-b.example:17000': Connection timed out",
      uri: 'qemu+tls://node-b.example:17000/system',
      want: 'Nothing gets from node-a to node-b: look at the firewalls between them for TCP port 17000, and at their routes.',
    },
    {
      words:
        "Unable to resolve address 'node-b.example' service '16514': Temporary failure in name resolution",
      want: 'node-a does not know the name in qemu+tls://node-b.example/system: put it into DNS or /etc/hosts there, or correct the configuration.',
    },
    {
      words: 'Attempt to migrate guest to the same host 5c5d',
      want: 'qemu+tls://node-b.example/system leads from node-a to itself, or node-a and node-b have the same host_uuid (virsh sysinfo, /etc/libvirt/libvirtd.conf).',
    },
    {
      words: "authentication failed: Failed to verify peer's certificate",
      want: 'On node-b, /etc/pki/libvirt/servercert.pem must have the name in qemu+tls://node-b.example/system, not be expired, and be signed by the CA in /etc/pki/CA/cacert.pem on node-a.',
    },
    {
      words: 'Unable to read TLS confirmation: Input/output error',
      want: 'node-b does not take the client certificate of node-a: /etc/pki/libvirt/clientcert.pem and private/clientkey.pem on node-a must be there, and be signed by the CA in /etc/pki/CA/cacert.pem on node-b; tls_allowed_dn_list of its libvirtd.conf must let it in.',
    },
    {
      words: 'The certificate /etc/pki/CA/cacert.pem basic constraints do not show a CA',
      want: 'See /etc/pki/CA/cacert.pem on node-a and /etc/pki/libvirt/clientcert.pem and private/clientkey.pem on node-a; on a host, virt-pki-validate looks at them.',
    },
    {
      words: 'Cannot recv data: Host key verification failed.: Connection reset by peer',
      uri: 'qemu+ssh://node-b.example/system',
      want: 'libvirtd on node-a is not let in on node-b: it connects as root, with the keys of root. With qemu+tls it needs none of these.',
    },
    {
      words: 'internal error: something new',
      want: 'Try it on node-a: virsh -c qemu+tls://node-b.example/system version',
    },
  ])('$words', ({ words, uri = TLS, want }) => {
    expect(remedyFor(words, { from: 'node-a', to: 'node-b', uri })).toBe(want);
  });

  it.each([
    {
      words: 'virsh is not installed where the operator runs',
      want: 'Use the image medevac:VERSION-libvirt, which has virsh.',
    },
    {
      words: "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory",
      want: 'See cacert.pem of the Secret of libvirt.tlsSecret and clientcert.pem and clientkey.pem of the Secret of libvirt.tlsSecret; on a host, virt-pki-validate looks at them.',
    },
    {
      words: 'Cannot recv data: medevac@node-b.example: Permission denied (publickey)',
      want: 'The operator is not let in on node-b: look at its key, and at what libvirtd.conf there asks of clients.',
    },
  ])('of the operator: $words', ({ words, want }) => {
    expect(remedyFor(words, { from: undefined, to: 'node-b', uri: TLS })).toBe(want);
  });
});
