/** Pager messages through P-, S- and I-CSCF, both ways (RFC 3428; CALL-64, CALL-10, TS 24.229 §5.2.6, §5.4.3). */
import type { SipMessage } from '../../src/sip/index.js';
import { HandUe } from './hand-ue.js';
import {
  homeDomain,
  numberOf,
  publicIdentityOf,
  startNetwork,
  subscriber,
  type TestNetworkOptions,
} from './network.js';

function scene(options: TestNetworkOptions = {}) {
  const network = startNetwork({ subscribers: [subscriber(1), subscriber(2), subscriber(3)], ...options });
  const [one, two] = [new HandUe(network, 1), new HandUe(network, 2)];
  for (const ue of [one, two]) {
    expect(ue.registerAka().status).toBe(200);
    ue.onRequest = (request) => request.reply(200);
  }
  return { network, one, two };
}

const asserted = (message: SipMessage): readonly string[] =>
  message.addresses('P-Asserted-Identity').map(({ uri }) => uri.text);

const twoServers: TestNetworkOptions = {
  servers: 2,
  capabilities: [[1], [2]],
  subscribers: [
    subscriber(1, { capabilities: { mandatory: [1], optional: [] } }),
    subscriber(2, { capabilities: { mandatory: [2], optional: [] } }),
  ],
};

describe.each<[string, TestNetworkOptions]>([
  ['one S-CSCF', {}],
  ['two S-CSCFs', twoServers],
  ['IPv6', { ipv6: true }],
  ['interpreted machines', { hostMode: 'interpreted' }],
])('CALL-64, %s', (_name, options) => {
  it.each([
    ['a SIP identity', publicIdentityOf(2), publicIdentityOf(2)],
    ['a number', `tel:${numberOf(2)}`, `sip:${numberOf(2)}@${homeDomain};user=phone`],
    ['a number with separators', 'tel:+1-555-010-0002', `sip:${numberOf(2)}@${homeDomain};user=phone`],
  ])('to %s: body and identities arrive, the answer names who was asked', (_target, target, called) => {
    const { network, two, one } = scene(options);
    const answer = one.page(target);
    expect(answer.status).toBe(200);
    const received = two.received('MESSAGE')[0]!.message;
    expect(received.body).toBe('hello');
    expect(received.has('Record-Route')).toBe(false);
    // CALL-10: the default identity of the sender and its other form.
    expect(asserted(received)).toEqual([publicIdentityOf(1), `tel:${numberOf(1)}`]);
    expect(received.address('P-Called-Party-ID')?.uri.text).toBe(called);
    // TS 24.229 §5.2.6.4.6: asserted by the P-CSCF of the callee.
    expect(asserted(answer)).toEqual([called]);
    expect([received.has('P-Charging-Vector'), answer.has('P-Charging-Vector')]).toEqual([false, false]);
    // And back.
    expect(two.page(`tel:${numberOf(1)}`).status).toBe(200);
    expect(asserted(one.received('MESSAGE')[0]!.message)[0]).toBe(publicIdentityOf(2));
    expect(network.causes).toEqual([]);
    expect(network.faults).toEqual([]);
    network.run(600_000);
    for (const ue of [one, two]) expect(ue.deregister().status).toBe(200);
    network.run(600_000);
    expect(network.leftovers()).toEqual({});
  });
});

describe('a message that cannot be delivered', () => {
  it('CALL section 5: to a user who is not registered 480, to one who does not exist 404, to another domain 404', () => {
    const { network, one } = scene();
    expect(one.page(publicIdentityOf(3)).status).toBe(480);
    expect(one.page('tel:+15559999999').status).toBe(404);
    expect(one.page('sip:someone@example.org').status).toBe(404);
    expect(network.causes).toEqual([
      'hss1 cause.calleeNotRegistered',
      'icscf1 cause.calleeNotRegistered',
      'hss1 cause.userUnknown',
      'icscf1 cause.userUnknown',
      'scscf1 cause.noRouteToCallee',
    ]);
  });

  it('REG-26: from a UE that is not registered: 403; REG-81: to a barred identity: 404', () => {
    const { network, one, two } = scene();
    const stranger = new HandUe(network, 3);
    expect(stranger.page(publicIdentityOf(2)).status).toBe(403);
    expect(one.page(`sip:${two.imsi}@${homeDomain}`).status).toBe(404);
  });

  it('REG-20: an identity that the UE asserts itself does not count; a preferred one of its own does', () => {
    const { one, two } = scene();
    one.page(publicIdentityOf(2), [['P-Asserted-Identity', '<sip:boss@example.org>']]);
    one.page(publicIdentityOf(2), [['P-Preferred-Identity', `<tel:${numberOf(1)}>`]]);
    expect(two.received('MESSAGE').map(({ message }) => asserted(message)[0])).toEqual([
      publicIdentityOf(1),
      `tel:${numberOf(1)}`,
    ]);
  });

  it('what the callee refuses comes back as it is', () => {
    const { one, two } = scene();
    two.onRequest = (request) => request.reply(415, { headers: [['Accept', 'text/html']] });
    const refused = one.page(publicIdentityOf(2));
    expect([refused.status, refused.header('Accept')]).toEqual([415, 'text/html']);
  });
});
