/** Calls over P-CSCF, S-CSCF and I-CSCF between UEs written by hand: spec CALL-xx, SIP-41 … SIP-45, TS 24.229 §5.2.6, §5.4.3. */
import type { SipRequest } from '../../src/sip/index.js';
import { HandCallee, HandUe } from './hand-ue.js';
import {
  homeDomain,
  numberOf,
  publicIdentityOf,
  startNetwork,
  subscriber,
  type TestNetworkOptions,
} from './network.js';

/** Two registered UEs. */
function scene(options: TestNetworkOptions = {}) {
  const network = startNetwork(options);
  const caller = new HandUe(network, 1);
  const callee = new HandUe(network, 2);
  expect(caller.registerAka().status).toBe(200);
  expect(callee.registerAka().status).toBe(200);
  return { network, caller, callee };
}

/** De-registers both and waits until every timer has run out. */
function expectNothingLeft({ network, caller, callee }: ReturnType<typeof scene>): void {
  for (const ue of [caller, callee]) expect(ue.deregister().status).toBe(200);
  network.run(600_000);
  expect(network.leftovers()).toEqual({});
  expect({ caller: caller.host.instanceCount, callee: callee.host.instanceCount }).toEqual({ caller: 0, callee: 0 });
}

const twoServers: TestNetworkOptions = {
  servers: 2,
  capabilities: [[1], [2]],
  subscribers: [
    subscriber(1, { capabilities: { mandatory: [1], optional: [] } }),
    subscriber(2, { capabilities: { mandatory: [2], optional: [] } }),
  ],
};

describe.each<[string, TestNetworkOptions]>([
  ['both legs on one P-CSCF and one S-CSCF (SIP-43: a spiral)', {}],
  ['IPv6', { ipv6: true }],
  ['two S-CSCFs', twoServers],
  ['interpreted machines', { hostMode: 'interpreted' }],
  ['TCP for what is longer than 600 octets (SIP-20)', { datagramSizeMax: 600 }],
])('a call: %s', (_name, options) => {
  it('INVITE, 183, PRACK, UPDATE, 180, PRACK, 200, ACK, BYE; no cause is named, nothing is left', () => {
    const lab = scene(options);
    const { network, caller, callee } = lab;
    const answering = new HandCallee(callee, (called) => called.ring(183, 1));
    caller.onRequest = (request) => request.reply(200);
    const call = caller.invite(`tel:${numberOf(2)}`);
    expect(call.awaitStatus(183)).toBe(true);
    expect(call.prack(183).status).toBe(200);
    expect(call.request('UPDATE').status).toBe(200);
    expect(answering.request('UPDATE').status).toBe(200);
    answering.ring(180, 2);
    expect(call.awaitStatus(180)).toBe(true);
    expect(call.prack(180).status).toBe(200);
    answering.accept();
    expect(call.awaitStatus(200)).toBe(true);
    call.ack();
    network.runUntil(() => answering.isAcknowledged);
    expect(answering.isAcknowledged).toBe(true);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(2);
    expect(call.request('INFO').status).toBe(200);
    expect(call.request('BYE').status).toBe(200);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
    expect(network.nodes.get('scscf1')!.counts.sessions).toBe(0);
    expect(call.exchange.statuses).toEqual([183, 180, 200]);
    expectNothingLeft(lab);
    expect(network.causes).toEqual([]);
    expect(network.faults).toEqual([]);
  });
});

/** The emulated UEs' side of what lies between them. */
function answering(options: { readonly onInvite?: (callee: HandCallee) => void } = {}) {
  const lab = scene();
  const called = new HandCallee(lab.callee, options.onInvite ?? ((each) => each.ring(180)));
  return { ...lab, called };
}

describe('what the network writes into a call', () => {
  it('CALL-01, SIP-42: P-CSCF and S-CSCF record-route once a leg, the I-CSCF never; in-dialog requests pass no I-CSCF', () => {
    const lab = answering();
    const { network, caller, callee, called } = lab;
    const call = caller.invite(publicIdentityOf(2));
    expect(call.awaitStatus(180)).toBe(true);
    const invite = callee.received('INVITE')[0]!.message;
    const { pcscf1, scscf1 } = network.addresses;
    expect(invite.recordRoutes.map(({ uri }) => uri.host)).toEqual([pcscf1, scscf1, scscf1, pcscf1]);
    expect(invite.recordRoutes.map(({ uri }) => uri.user?.slice(0, 2))).toEqual(['mt', 'mt', 'mo', 'mo']);
    expect(new Set(invite.recordRoutes.map(({ uri }) => uri.user)).size).toBe(4);
    called.accept();
    call.awaitStatus(200);
    call.ack();
    expect(call.request('BYE').status).toBe(200);
    expect(network.wire.filter(({ to }) => to === 'icscf1').map(({ summary }) => summary)).not.toContain('BYE');
    expectNothingLeft(lab);
  });

  it('CALL table 1: Request-URI, Route, P-Called-Party-ID and Max-Forwards from hop to hop', () => {
    const { network, caller, callee } = answering();
    const call = caller.invite(`tel:${numberOf(2).replace('+1', '+1-')}`);
    expect(call.awaitStatus(180)).toBe(true);
    const requestOf = (from: string, to: string): SipRequest => network.sent(from, to, 'INVITE')[0] as SipRequest;
    const [p1, s1, i2] = [requestOf('pcscf1', 'scscf1'), requestOf('scscf1', 'icscf1'), requestOf('icscf1', 'scscf1')];
    expect(p1.requestUri).toBe('tel:+1-5550100002');
    expect(p1.routes.map(({ uri }) => uri.user)).toEqual([expect.stringMatching(/^orig-/)]);
    expect(s1.requestUri).toBe(`sip:${numberOf(2)}@${homeDomain};user=phone`);
    expect(s1.routes).toEqual([]);
    expect(i2.routes.map(({ uri }) => uri.host)).toEqual([`scscf1.${homeDomain}`]);
    const s2 = requestOf('scscf1', 'pcscf1');
    expect(s2.requestUri).toBe(callee.contact);
    expect(s2.routes.map(({ uri }) => uri.user)).toEqual([expect.stringMatching(/^term-/)]);
    expect(s2.header('P-Called-Party-ID')).toBe(`<sip:${numberOf(2)}@${homeDomain};user=phone>`); // CALL-12
    const last = callee.received('INVITE')[0]!.message;
    expect(last.routes).toEqual([]);
    expect([p1, s1, i2, s2, last].map(({ maxForwards }) => maxForwards)).toEqual([69, 68, 67, 66, 65]);
  });

  it('CALL-10: the default identity is asserted, or a preferred one that is the UE’s; the S-CSCF adds the tel form', () => {
    const { network, caller } = answering();
    const assertedBy = (headers: readonly (readonly [string, string])[]): readonly (string | undefined)[] => {
      const before = network.wire.length;
      caller.invite(publicIdentityOf(2), headers).awaitStatus(180);
      const invites = network.wire.slice(before).filter(({ summary }) => summary === 'INVITE');
      return ['scscf1', 'icscf1'].map((to) =>
        invites.find((entry) => entry.to === to)?.message.header('P-Asserted-Identity'),
      );
    };
    const [sip, tel] = [publicIdentityOf(1), `tel:${numberOf(1)}`];
    expect(assertedBy([])).toEqual([`<${sip}>`, `<${sip}>, <${tel}>`]);
    expect(assertedBy([['P-Preferred-Identity', `<${tel}>`]])).toEqual([`<${tel}>`, `<${tel}>, <${sip}>`]);
    expect(assertedBy([['P-Preferred-Identity', '<sip:boss@example.org>']])[0]).toBe(`<${sip}>`);
    // From is not used, and what a UE asserts itself does not count (REG-20).
    expect(assertedBy([['P-Asserted-Identity', '<sip:boss@example.org>']])[0]).toBe(`<${sip}>`);
    expect(assertedBy([['From', '<sip:anonymous@anonymous.invalid>;tag=x']])[0]).toBe(`<${sip}>`);
    // The temporary identity is barred: it cannot be preferred (REG-02).
    const temporary = `<sip:${caller.imsi}@${homeDomain}>`;
    expect(assertedBy([['P-Preferred-Identity', temporary]])[0]).toBe(`<${sip}>`);
  });

  it('TS 24.229 §5.2.6.4.4: the P-CSCF of the callee asserts who answers', () => {
    const lab = answering({
      onInvite: (callee) => {
        callee.ring(180, undefined, [
          ['P-Asserted-Identity', '<sip:boss@example.org>'],
          ['P-Charging-Vector', 'icid-value="forged"'],
        ]);
        callee.accept([['P-Preferred-Identity', `<tel:${numberOf(2)}>`]]);
      },
    });
    const call = lab.caller.invite(publicIdentityOf(2));
    expect(call.awaitStatus(200)).toBe(true);
    expect(call.response(180).header('P-Asserted-Identity')).toBe(`<${publicIdentityOf(2)}>`);
    expect(call.response(200).header('P-Asserted-Identity')).toBe(`<tel:${numberOf(2)}>`);
    expect(call.response(200).has('P-Preferred-Identity')).toBe(false);
  });

  it('CALL-13: one icid over all legs, orig-ioi by the kind of leg; nothing of it reaches a UE', () => {
    const lab = answering({ onInvite: (callee) => callee.accept() });
    const { network, caller, callee } = lab;
    const call = caller.invite(publicIdentityOf(2), [['P-Charging-Vector', 'icid-value="mine"']]);
    expect(call.awaitStatus(200)).toBe(true);
    const vectors = network.wire
      .filter(({ summary, to }) => summary === 'INVITE' && !to.startsWith('ue'))
      .slice(1)
      .map(({ message }) => message.header('P-Charging-Vector')!);
    expect(new Set(vectors.map((vector) => vector.split(';')[0])).size).toBe(1);
    expect(vectors[0]).not.toContain('mine');
    const ioi = vectors.map((vector) => /orig-ioi="([^"]*)"/.exec(vector)?.[1]);
    expect(ioi).toEqual([`Type 1${homeDomain}`, homeDomain, homeDomain, `Type 1${homeDomain}`]);
    const answers = network.wire
      .filter(({ message, to }) => message.kind === 'response' && message.status === 200 && !to.startsWith('ue'))
      .filter(({ message, from }) => message.cseq.method === 'INVITE' && !from.startsWith('ue'))
      .map(({ message }) => message.header('P-Charging-Vector') ?? '');
    // From P2 back to P1, hop by hop: each names itself as the terminating network of that hop.
    expect(answers).toEqual(
      [...vectors].reverse().map((vector, hop) => `${vector};term-ioi="${[...ioi].reverse()[hop]}"`),
    );
    expect(callee.received('INVITE')[0]!.message.has('P-Charging-Vector')).toBe(false);
    for (const { message } of network.wire.filter(({ to }) => to.startsWith('ue'))) {
      expect(message.headers('P-Charging-Vector')).toEqual([]);
    }
  });

  it('CALL-11, CALL-15: Privacy: id hides the caller from the callee; nobody’s access network information goes to a UE', () => {
    const { caller, callee } = answering({
      onInvite: (each) => each.ring(180, undefined, [['P-Access-Network-Info', 'IEEE-802.11']]),
    });
    const hidden = caller.invite(publicIdentityOf(2), [
      ['Privacy', 'header; ID'],
      ['P-Access-Network-Info', '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1'],
    ]);
    expect(hidden.awaitStatus(180)).toBe(true);
    const [first] = callee.received('INVITE');
    expect(first!.message.has('P-Asserted-Identity')).toBe(false);
    expect(first!.message.has('P-Access-Network-Info')).toBe(false);
    expect(hidden.response(180).has('P-Access-Network-Info')).toBe(false);
    caller.invite(publicIdentityOf(2)).awaitStatus(180);
    expect(callee.received('INVITE')[1]!.message.has('P-Asserted-Identity')).toBe(true);
  });

  it('SIP-70: within the dialog too, each UE’s network headers stay outside and the network’s inside', () => {
    const lab = answering({ onInvite: (callee) => callee.accept() });
    const { network, caller, callee } = lab;
    const call = caller.invite(publicIdentityOf(2));
    call.awaitStatus(200);
    call.ack();
    call.request('INFO', [
      ['P-Asserted-Identity', '<sip:boss@example.org>'],
      ['P-Charging-Vector', 'icid-value="forged"'],
      ['P-Access-Network-Info', 'IEEE-802.11'],
    ]);
    expect((network.sent('pcscf1', 'scscf1', 'INFO')[0] as SipRequest).has('P-Asserted-Identity')).toBe(false);
    const info = callee.received('INFO')[0]!.message;
    expect(
      ['P-Asserted-Identity', 'P-Charging-Vector', 'P-Access-Network-Info'].filter((name) => info.has(name)),
    ).toEqual([]);
    // The other way, the answer to a BYE of the callee comes from the caller.
    let answered = false;
    caller.onRequest = (request) => {
      answered = true;
      request.reply(200, { headers: [['P-Asserted-Identity', '<sip:boss@example.org>']] });
    };
    const called = network.wire.length;
    callee.requests.length = 0;
    const bye = lab.called.request('BYE');
    expect(answered).toBe(true);
    expect(bye.status).toBe(200);
    const answers = network.wire
      .slice(called)
      .filter(({ summary, from }) => summary === '200 BYE' && from === 'pcscf1');
    expect(answers.some(({ message }) => message.has('P-Asserted-Identity'))).toBe(false);
  });

  it('CALL table 1: a Route that the UE made up is replaced by its Service-Route', () => {
    const { network, caller } = answering();
    const call = caller.invite(publicIdentityOf(2), [
      ['Route', `<sip:${network.addresses.pcscf1};lr>, <sip:192.0.2.99;lr>`],
    ]);
    expect(call.awaitStatus(180)).toBe(true);
    const routes = (network.sent('pcscf1', 'scscf1', 'INVITE')[0] as SipRequest).routes;
    expect(routes.map(({ uri }) => uri.user)).toEqual([expect.stringMatching(/^orig-/)]);
  });

  it('CALL-16: the preferred service becomes the asserted one', () => {
    const { caller, callee } = answering();
    const service = 'urn:urn-7:3gpp-service.ims.icsi.mmtel';
    caller.invite(publicIdentityOf(2), [['P-Preferred-Service', service]]).awaitStatus(180);
    const invite = callee.received('INVITE')[0]!.message;
    expect(invite.header('P-Asserted-Service')).toBe(service);
    expect(invite.has('P-Preferred-Service')).toBe(false);
  });
});

describe('calls that end early', () => {
  it('SIP-45: CANCEL goes hop by hop to the callee; 487 comes back', () => {
    const lab = answering({
      onInvite: (callee) => {
        callee.invite!.onCancel(() => callee.reject(487));
        callee.ring(180);
      },
    });
    const call = lab.caller.invite(publicIdentityOf(2));
    call.awaitStatus(180);
    call.cancel();
    expect(lab.caller.finalOf(call.exchange).status).toBe(487);
    expectNothingLeft(lab);
    expect(lab.network.causes).toEqual([]);
  });

  it('CANCEL that crosses the 200: the call stands at every proxy, and the caller releases it', () => {
    const lab = answering();
    const { network, caller, callee, called } = lab;
    const call = caller.invite(publicIdentityOf(2));
    call.awaitStatus(180);
    network.simulation.network.links.setBetween(callee.address, network.addresses.pcscf1!, { delayMs: 200 });
    called.accept();
    network.run(100);
    call.cancel();
    expect(call.awaitStatus(200)).toBe(true);
    call.ack();
    expect(call.request('BYE').status).toBe(200);
    expectNothingLeft(lab);
  });

  it('CANCEL while the I-CSCF asks the HSS: 487, and the callee never hears of it', () => {
    const lab = answering();
    const { network, caller, callee } = lab;
    const { icscf1, hss1 } = network.addresses;
    network.simulation.network.links.setBetween(icscf1!, hss1!, { delayMs: 500 });
    const call = caller.invite(publicIdentityOf(2));
    network.run(300);
    call.cancel();
    expect(caller.finalOf(call.exchange).status).toBe(487);
    network.run(5000);
    expect(callee.received('INVITE')).toEqual([]);
    network.simulation.network.links.setBetween(icscf1!, hss1!, { delayMs: 1 });
    expectNothingLeft(lab);
  });

  it.each([
    [486, 'pcscf1 cause.calleeBusy'],
    [603, 'pcscf1 cause.calleeRejected'],
  ])('the callee answers %i: the caller hears just that, and %s is named', (status, cause) => {
    const lab = answering({ onInvite: (callee) => callee.reject(status) });
    const call = lab.caller.invite(publicIdentityOf(2));
    expect(lab.caller.finalOf(call.exchange).status).toBe(status);
    expectNothingLeft(lab);
    expect(lab.network.causes).toEqual([cause]);
  });

  it('CALL section 5: a callee that is silent gives 408 after timer B of the radio side, 128 s', () => {
    const lab = answering({ onInvite: () => {} });
    const { network, caller, callee } = lab;
    callee.sip.close();
    const start = network.simulation.clock.now();
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(408);
    expect(Math.round((network.simulation.clock.now() - start) / 1000)).toBe(128);
    expect(network.causes).toEqual(['pcscf1 cause.ueUnreachable']);
    caller.deregister();
    network.run(4_000_000);
    expect(network.leftovers()).toEqual({});
  });

  it('RFC 6026, SIP-46: a 200 that comes after the 408 is dropped, and the BYE of the callee gets 481', () => {
    const lab = answering({ onInvite: () => {} });
    const { network, caller, callee, called } = lab;
    const { pcscf1 } = network.addresses;
    network.simulation.network.links.set(callee.address, pcscf1!, { partitioned: true });
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(408);
    network.simulation.network.links.heal(callee.address, pcscf1!);
    called.accept();
    network.run(1000);
    expect(call.exchange.statuses).toEqual([408]);
    expect(network.faults.map(({ what }) => what)).toContain('response matches no transaction');
    expect(called.request('BYE').status).toBe(481);
    expectNothingLeft(lab);
  });

  it('SIP-48, CALL-27: a session whose refresh and BYE never come is forgotten after Session-Expires', () => {
    const lab = answering({ onInvite: (callee) => callee.accept([['Session-Expires', '90;refresher=uac']]) });
    const { network, caller } = lab;
    const call = caller.invite(publicIdentityOf(2));
    call.awaitStatus(200);
    call.ack();
    network.run(100_000);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(2);
    expect(call.request('UPDATE').status).toBe(200);
    network.run(100_000);
    // The 200 to UPDATE named no interval, so the one before counts on.
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(2);
    network.run(30_000);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
    expect(network.nodes.get('scscf1')!.counts.sessions).toBe(0);
    expect(new Set(network.causes)).toEqual(new Set(['pcscf1 cause.sessionExpired', 'scscf1 cause.sessionExpired']));
    expect(call.request('BYE').status).toBe(481);
    expectNothingLeft(lab);
  });

  it('SIP-48 / RFC 4028 8.1: a session interval below 90 s is refused before it gets to the callee', () => {
    const lab = answering({ onInvite: (callee) => callee.accept() });
    const call = lab.caller.invite(publicIdentityOf(2), [['Session-Expires', '60']]);
    expect(call.awaitStatus(422)).toBe(true);
    expect(call.response(422).header('Min-SE')).toBe('90');
    lab.network.run(60_000);
    expect(lab.called.invite).toBeUndefined();
    expect(lab.network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
  });

  it('RFC 3261 15.1: BYEs that cross both get an answer', () => {
    const lab = answering({ onInvite: (callee) => callee.accept() });
    const { network, caller, called } = lab;
    caller.onRequest = (request) => request.reply(200);
    const call = caller.invite(publicIdentityOf(2));
    call.awaitStatus(200);
    call.ack();
    const mine = call.start('BYE');
    const theirs = called.request('BYE');
    expect(caller.finalOf(mine).status).toBe(200);
    expect([200, 481]).toContain(theirs.status);
    expectNothingLeft(lab);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
  });
});

describe('calls that cannot be', () => {
  it('CALL section 5: the callee is not registered: 480 from the I-CSCF on LIA 5003', () => {
    const network = startNetwork();
    const caller = new HandUe(network);
    caller.registerAka();
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(480);
    expect(network.sent('icscf1', 'scscf1', '480 INVITE')).toHaveLength(1);
    expect(network.causes).toEqual(['hss1 cause.calleeNotRegistered', 'icscf1 cause.calleeNotRegistered']);
  });

  it('CALL section 5: the callee is unknown: 404 from the I-CSCF on LIA 5001', () => {
    const network = startNetwork();
    const caller = new HandUe(network);
    caller.registerAka();
    const call = caller.invite('tel:+15559999999');
    expect(caller.finalOf(call.exchange).status).toBe(404);
    expect(network.causes).toEqual(['hss1 cause.userUnknown', 'icscf1 cause.userUnknown']);
  });

  it('CALL section 5: a domain that nobody knows: 404 from the S-CSCF', () => {
    const network = startNetwork();
    const caller = new HandUe(network);
    caller.registerAka();
    for (const target of ['sip:bob@example.org', 'urn:service:sos']) {
      const call = caller.invite(target);
      expect(caller.finalOf(call.exchange).status).toBe(404);
    }
    expect(new Set(network.causes)).toEqual(new Set(['scscf1 cause.noRouteToCallee']));
  });

  it('REG-81: a barred identity can neither call (403) nor be called (404)', () => {
    const lab = answering();
    const { network, caller } = lab;
    const called = caller.invite(`sip:${lab.callee.imsi}@${homeDomain}`);
    expect(caller.finalOf(called.exchange).status).toBe(404);
    expect(network.causes).toEqual(['scscf1 cause.calleeBarred']);
    const only = startNetwork({
      subscribers: [
        subscriber(1, {
          publicIdentities: [
            { uri: publicIdentityOf(1), barred: false },
            { uri: publicIdentityOf(3), barred: true },
          ],
        }),
      ],
    });
    const barred = new HandUe(only);
    barred.registerAka({ to: publicIdentityOf(1) });
    // A P-CSCF of another network might assert it.
    const invite = barred.makeRequest('INVITE', publicIdentityOf(2), [
      ['P-Asserted-Identity', `<${publicIdentityOf(3)}>`],
      ['Route', barred.registerAka({ to: publicIdentityOf(1) }).values('Service-Route')[0]!],
    ]);
    const scscf = [{ protocol: 'udp' as const, endpoint: { address: only.addresses.scscf1!, port: 5060 } }];
    expect(barred.finalOf(barred.send(invite, scscf)).status).toBe(403);
    expect(only.causes).toEqual(['scscf1 cause.callerBarred']);
  });

  it('REG-26: whoever is not registered gets 403 from the P-CSCF', () => {
    const network = startNetwork();
    const stranger = new HandUe(network);
    expect(stranger.finalOf(stranger.invite(publicIdentityOf(2)).exchange).status).toBe(403);
    expect(network.causes).toEqual(['pcscf1 cause.notRegistered']);
    // Its own sent-by from another address does not help.
    const registered = new HandUe(network, 2);
    registered.registerAka();
    expect(stranger.finalOf(stranger.invite(publicIdentityOf(2)).exchange).status).toBe(403);
    registered.deregister();
    expect(registered.finalOf(registered.invite(publicIdentityOf(1)).exchange).status).toBe(403);
  });

  it('CALL-01: a request of a dialog that is not known gets 481 at P-CSCF and S-CSCF; an ACK nothing', () => {
    const { network, caller } = answering();
    const stray = caller.makeRequest('BYE', publicIdentityOf(2), [['To', `<${publicIdentityOf(2)}>;tag=gone`]]);
    expect(caller.finalOf(caller.send(stray)).status).toBe(481);
    const scscf = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
    const other = caller.makeRequest('BYE', publicIdentityOf(2), [['To', `<${publicIdentityOf(2)}>;tag=gone`]]);
    expect(caller.finalOf(caller.send(other, scscf)).status).toBe(481);
    const ack = caller.makeRequest('ACK', publicIdentityOf(2), [['To', `<${publicIdentityOf(2)}>;tag=gone`]]);
    const before = network.wire.length;
    caller.sip.sendStateless(ack, network.proxy);
    network.run(1000);
    expect(network.wire.slice(before).map(({ summary }) => summary)).toEqual(['ACK']);
  });

  it('SIP-40: Max-Forwards 0 gives 483, an unknown Proxy-Require 420', () => {
    const { caller } = answering();
    const spent = caller.makeRequest('INVITE', publicIdentityOf(2), [['Max-Forwards', '0']]);
    expect(caller.finalOf(caller.send(spent)).status).toBe(483);
    const odd = caller.makeRequest('INVITE', publicIdentityOf(2), [['Proxy-Require', 'teleport, sec-agree']]);
    const refused = caller.finalOf(caller.send(odd));
    expect(refused.status).toBe(420);
    expect(refused.header('Unsupported')).toBe('teleport, sec-agree');
  });
});

describe('requests that make no session', () => {
  it('CALL-64: MESSAGE goes the way of an INVITE, without Record-Route, and its answer comes back', () => {
    const lab = answering();
    const { network, caller, callee } = lab;
    const message = caller.makeRequest('MESSAGE', publicIdentityOf(2));
    expect(caller.finalOf(caller.send(message)).status).toBe(200);
    const received = callee.received('MESSAGE')[0]!.message;
    expect(received.has('Record-Route')).toBe(false);
    expect(received.header('P-Asserted-Identity')).toContain(publicIdentityOf(1));
    expect(received.has('P-Charging-Vector')).toBe(false);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
    expectNothingLeft(lab);
  });

  it('RFC 4320: to a MESSAGE whose callee is silent no 408 is sent, and nothing is left', () => {
    const lab = answering();
    const { network, caller, callee } = lab;
    callee.onRequest = () => {};
    const exchange = caller.send(caller.makeRequest('MESSAGE', publicIdentityOf(2)));
    network.runUntil(() => exchange.isOver);
    expect(exchange.failures).toEqual(['timeout']);
    network.run(300_000);
    expectNothingLeft(lab);
  });
});

describe('nodes that fail in the middle', () => {
  it.each([1, 2, 3, 4])(
    'loss and duplication on every link, seed %i: the call comes about, nothing is left',
    (seed) => {
      const lab = scene({ seed });
      const { network, caller, callee } = lab;
      network.simulation.network.links.setDefaults({ loss: 0.2, duplication: 0.2, jitterMs: 1, reordering: 0.1 });
      const called = new HandCallee(callee, (each) => each.accept());
      const call = caller.invite(publicIdentityOf(2));
      expect(call.awaitStatus(200, 60_000)).toBe(true);
      // The caller acknowledges every copy of the 200.
      for (let i = 0; i < 8 && !called.isAcknowledged; i++) {
        call.ack();
        network.run(2000);
      }
      expect(called.isAcknowledged).toBe(true);
      expect(call.request('BYE').status).toBe(200);
      network.simulation.network.links.setDefaults({ loss: 0, duplication: 0, reordering: 0 });
      expectNothingLeft(lab);
    },
  );

  it('TS 24.229 §5.4.3.2: after a restart of the S-CSCF a call gets 504 with the order to register anew, then all is well', () => {
    const lab = scene();
    const { network, caller, callee } = lab;
    network.crash('scscf1');
    network.run(1000);
    network.restart('scscf1');
    network.runUntil(() => network.nodes.get('scscf1')!.state === 'serving', 60_000);
    const first = caller.finalOf(caller.invite(publicIdentityOf(2)).exchange);
    expect(first.status).toBe(504);
    expect(first.body).toContain('<action>initial-registration</action>');
    expect(network.causes).toEqual(['scscf1 cause.callerNotRegistered']);
    expect(caller.registerAka().status).toBe(200);
    // The callee has not: the HSS still names the S-CSCF, which does not know it.
    expect(caller.finalOf(caller.invite(publicIdentityOf(2)).exchange).status).toBe(480);
    expect(callee.registerAka().status).toBe(200);
    new HandCallee(callee, (each) => each.accept());
    const call = caller.invite(publicIdentityOf(2));
    expect(call.awaitStatus(200)).toBe(true);
    call.ack();
    expect(call.request('BYE').status).toBe(200);
    expectNothingLeft(lab);
  });

  it('the S-CSCF dies during a call: BYE ends at the P-CSCF, which forgets the session', () => {
    const lab = answering({ onInvite: (callee) => callee.accept() });
    const { network, caller } = lab;
    const call = caller.invite(publicIdentityOf(2));
    call.awaitStatus(200);
    call.ack();
    network.run(1000);
    network.crash('scscf1');
    const bye = call.start('BYE');
    network.runUntil(() => bye.isOver);
    expect(bye.failures).toEqual(['timeout']);
    network.run(200_000);
    // The callee's leg has heard of nothing and waits for its session timer.
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(1);
  });

  it('S-CSCF down when a call begins: 504 from the P-CSCF', () => {
    const lab = answering();
    const { network, caller } = lab;
    network.crash('scscf1');
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(504);
    expect(network.causes).toEqual(['pcscf1 cause.servingNodeUnreachable']);
  });

  it('S-CSCF of the callee down: the I-CSCF looks for another one; none left gives 504', () => {
    const lab = scene(twoServers);
    const { network, caller } = lab;
    network.crash('scscf2');
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(504);
    expect(network.causes).toEqual(['icscf1 cause.servingNodeUnreachable']);
    network.run(300_000);
    expect(network.nodes.get('icscf1')!.counts).toMatchObject({ locationQueries: 0, clientTransactions: 0 });
  });

  it('I-CSCF down: 504 from the S-CSCF of the caller', () => {
    const lab = answering();
    const { network, caller } = lab;
    network.crash('icscf1');
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(504);
    expect(network.causes).toEqual(['scscf1 cause.interrogatingNodeUnreachable']);
  });

  it('HSS down when the callee is looked for: 480 from the I-CSCF', () => {
    const lab = answering();
    const { network, caller } = lab;
    network.crash('hss1');
    const call = caller.invite(publicIdentityOf(2));
    expect(caller.finalOf(call.exchange).status).toBe(480);
    expect(network.causes).toEqual(['icscf1 cause.hssUnreachable']);
  });
});
