/** Registrations that the network ends: RTR of TS 29.228 §6.1.3, TS 24.229 §5.4.1.5 and §5.4.5.1.2 (REG-61, REG-72, REG-74, CX section 4.5). */
import type { DeregistrationReasonCode } from '../../src/diameter/index.js';
import type { HssFunction, TerminationOutcome } from '../../src/ims/hss/index.js';
import { invariantBreaches } from '../../src/topology/invariants.js';
import { HandCallee, HandUe } from './hand-ue.js';
import {
  homeDomain,
  imsiOf,
  numberOf,
  publicIdentityOf,
  startNetwork,
  type TestNetwork,
  type TestNetworkOptions,
} from './network.js';

const privateIdentity = `${imsiOf(1)}@${homeDomain}`;

function scene(options: TestNetworkOptions = {}) {
  const network = startNetwork(options);
  const [one, two] = [new HandUe(network, 1), new HandUe(network, 2)];
  for (const ue of [one, two]) {
    expect(ue.registerAka().status).toBe(200);
    ue.onRequest = (request) => request.reply(200);
  }
  return { network, one, two };
}

/** Runs until the S-CSCF has answered. */
function terminate(
  network: TestNetwork,
  reason: DeregistrationReasonCode = 'PERMANENT_TERMINATION',
  whom = privateIdentity,
): TerminationOutcome {
  const outcomes: TerminationOutcome[] = [];
  const hss = network.nodes.get('hss1')!.function as HssFunction;
  hss.deregister({ privateIdentity: whom, reason }, (outcome) => outcomes.push(outcome));
  network.runUntil(() => outcomes.length > 0, 60_000);
  expect(outcomes).toHaveLength(1);
  return outcomes[0]!;
}

const breaches = (network: TestNetwork): readonly string[] => invariantBreaches([...network.nodes.values()], 1);

/** A call that both sides have confirmed. */
function call({ network, one, two }: ReturnType<typeof scene>) {
  const called = new HandCallee(two, (each) => each.accept());
  const placed = one.invite(publicIdentityOf(2));
  expect(placed.awaitStatus(200)).toBe(true);
  placed.ack();
  network.runUntil(() => called.isAcknowledged);
  return { placed, called };
}

describe.each<[string, TestNetworkOptions]>([
  ['IPv4', {}],
  ['IPv6', { ipv6: true }],
  ['interpreted machines', { hostMode: 'interpreted' }],
])('RTR, %s', (_name, options) => {
  it.each(['PERMANENT_TERMINATION', 'NEW_SERVER_ASSIGNED', 'SERVER_CHANGE', 'REMOVE_S-CSCF'] as const)(
    'TS 29.228 §6.1.3.1, %s: the implicit set goes at HSS and S-CSCF, and the UE may register anew',
    (reason) => {
      const { network, one, two } = scene(options);
      expect(terminate(network, reason)).toEqual({
        success: true,
        reason: `RTR for ${privateIdentity} at sip:scscf1.${homeDomain}:5060 (${reason}) was answered with Result-Code 2001`,
      });
      expect(network.nodes.get('scscf1')!.counts.registrations).toBe(1);
      expect(breaches(network)).toEqual([]);
      // REG-80: every identity of the set.
      expect(two.page(publicIdentityOf(1)).status).toBe(480);
      expect(two.page(`tel:${numberOf(1)}`).status).toBe(480);
      // Without reg-event the P-CSCF still lets the UE in; the S-CSCF sends it to register (TS 24.229 §5.4.3.2).
      const refused = one.finalOf(one.send(one.makeRequest('MESSAGE', publicIdentityOf(2))));
      expect([refused.status, refused.header('Content-Type')]).toEqual([504, 'application/3gpp-ims+xml']);
      expect(refused.body).toContain('<action>initial-registration</action>');
      expect(one.registerAka().status).toBe(200);
      expect(two.page(publicIdentityOf(1)).status).toBe(200);
      expect(breaches(network)).toEqual([]);
      for (const ue of [one, two]) expect(ue.deregister().status).toBe(200);
      network.run(600_000);
      expect(network.leftovers()).toEqual({});
    },
  );
});

describe('RTR that meets nobody', () => {
  it('an unknown subscriber, one who is not registered: nothing is sent', () => {
    const network = startNetwork();
    expect(terminate(network, 'SERVER_CHANGE', 'nobody').reason).toBe('hss1 has no subscriber nobody');
    expect(terminate(network).reason).toBe(`${privateIdentity} is not registered`);
  });

  it('CX 4.5: a S-CSCF that has lost the user answers 5001; the HSS has forgotten the assignment all the same', () => {
    const { network, two } = scene();
    network.crash('scscf1');
    network.restart('scscf1');
    network.run(40_000);
    expect(breaches(network)).toEqual([]);
    const outcome = terminate(network);
    expect(outcome.success).toBe(false);
    expect(outcome.reason).toContain('was refused with Experimental-Result-Code 5001');
    expect(two.registerAka().status).toBe(200);
    expect(two.page(publicIdentityOf(1)).status).toBe(480);
  });

  it('CX-65: no answer of a dead S-CSCF: the de-registration stands, and the sentence says what was not heard', () => {
    const { network } = scene();
    network.crash('scscf1');
    const outcome = terminate(network);
    expect(outcome.success).toBe(false);
    expect(outcome.reason).toContain('was not answered: the connection ended');
    network.restart('scscf1');
    network.run(40_000);
    expect(breaches(network)).toEqual([]);
  });

  it('loss on the way: a REGISTER that crosses RTR ends refused, and both sides agree', () => {
    for (let delayMs = 0; delayMs < 24; delayMs++) {
      const { network, one } = scene();
      const challenged = one.register({ authorization: one.firstAuthorization });
      const exchange = one.send(one.makeRegister({ authorization: one.answer(challenged) }));
      network.run(delayMs / 2);
      terminate(network);
      one.finalOf(exchange);
      network.run(1000);
      expect(breaches(network)).toEqual([]);
      expect(network.faults).toEqual([]);
      expect(one.registerAka().status).toBe(200);
    }
  });
});

describe('REG-61: another S-CSCF takes over', () => {
  it('TS 29.228 §8.1: the former one hears NEW_SERVER_ASSIGNED, so that one S-CSCF serves the identity', () => {
    const { network, one, two } = scene({ servers: 2 });
    const former = ['scscf1', 'scscf2'].find((name) =>
      network.nodes
        .get(name)!
        .inspect()
        .served!.some(({ publicIdentity }) => publicIdentity === one.identity),
    )!;
    const { links } = network.simulation.network;
    links.partition(network.addresses.icscf1!, network.addresses[former]!);
    expect(one.registerAka().status).toBe(200);
    network.run(1000);
    links.heal(network.addresses.icscf1!, network.addresses[former]!);
    expect(network.notes.map(({ node, what }) => `${node} ${what}`)).toContain(`${former} info.registrationTerminated`);
    const serving = ['scscf1', 'scscf2'].filter((name) =>
      network.nodes
        .get(name)!
        .inspect()
        .served!.some(({ publicIdentity }) => publicIdentity === one.identity),
    );
    expect(serving).toEqual([former === 'scscf1' ? 'scscf2' : 'scscf1']);
    expect(breaches(network)).toEqual([]);
    expect(two.registerAka().status).toBe(200);
    expect(two.page(publicIdentityOf(1)).status).toBe(200);
  });
});

describe('REG-72, CALL-46: calls of a user whose registration ends', () => {
  it.each(['PERMANENT_TERMINATION', 'SERVER_CHANGE', 'REMOVE_S-CSCF'] as const)(
    '%s: BYE to both ends, with their next sequence numbers and a reason',
    (reason) => {
      const each = scene();
      const { network, one, two } = each;
      call(each);
      terminate(network, reason);
      network.run(1000);
      for (const ue of [one, two]) {
        const byes = ue.received('BYE').map(({ message: bye }) => bye);
        expect(byes).toHaveLength(1);
        expect(byes[0]!.header('Reason')).toBe('SIP;cause=503;text="Service Unavailable"');
        expect(byes[0]!.routes).toEqual([]);
      }
      const invite = two.received('INVITE')[0]!.message;
      expect(two.received('BYE')[0]!.message.cseq.sequence).toBe(invite.cseq.sequence + 1);
      expect(two.received('BYE')[0]!.message.fromTag).toBe(invite.fromTag);
      expect(one.received('BYE')[0]!.message.toTag).toBe(invite.fromTag);
      for (const name of ['pcscf1', 'scscf1']) expect(network.nodes.get(name)!.counts.sessions).toBe(0);
      expect(network.faults).toEqual([]);
    },
  );

  it('NEW_SERVER_ASSIGNED: the S-CSCF forgets the user alone, the call goes on', () => {
    const each = scene();
    const { placed } = call(each);
    terminate(each.network, 'NEW_SERVER_ASSIGNED');
    expect(placed.request('INFO').status).toBe(200);
    expect(placed.request('BYE').status).toBe(200);
    expect(each.network.nodes.get('scscf1')!.counts.sessions).toBe(0);
  });

  it('a call that rings: CANCEL to the callee, 503 towards the caller (CALL-45), 500 from the next proxy on (RFC 3261 16.7)', () => {
    const each = scene();
    const { network, two } = each;
    new HandCallee(two, (called) => called.ring(180));
    const placed = each.one.invite(publicIdentityOf(2));
    expect(placed.awaitStatus(180)).toBe(true);
    terminate(network);
    network.runUntil(() => placed.exchange.isOver);
    expect(network.sent('scscf1', 'pcscf1', '503 INVITE')).toHaveLength(1);
    expect(placed.exchange.final?.status).toBe(500);
    network.run(120_000);
    for (const name of ['pcscf1', 'scscf1']) expect(network.nodes.get(name)!.counts.sessions).toBe(0);
    expect(network.sent('pcscf1', 'ue2', 'CANCEL').length).toBeGreaterThan(0);
  });

  it('REG-73: the callee’s registration expires during the call', () => {
    const network = startNetwork();
    const [one, two] = [new HandUe(network, 1), new HandUe(network, 2)];
    expect(one.registerAka().status).toBe(200);
    expect(two.registerAka({ expires: 60 }).status).toBe(200);
    one.onRequest = (request) => request.reply(200);
    call({ network, one, two });
    network.run(61_000);
    expect([one, two].map((ue) => ue.received('BYE').length)).toEqual([1, 1]);
    expect(network.nodes.get('scscf1')!.counts.sessions).toBe(0);
    expect(breaches(network)).toEqual([]);
  });

  it('REG-72: the caller de-registers during the call', () => {
    const each = scene();
    call(each);
    expect(each.one.deregister().status).toBe(200);
    each.network.run(1000);
    expect([each.one, each.two].map((ue) => ue.received('BYE').length)).toEqual([1, 1]);
    for (const name of ['pcscf1', 'scscf1']) expect(each.network.nodes.get(name)!.counts.sessions).toBe(0);
  });

  it('a callee that is gone: the BYEs time out, and nothing is left', () => {
    const each = scene();
    const { network, one } = each;
    call(each);
    network.simulation.network.dropNode(network.addresses.ue2!);
    terminate(network);
    network.run(600_000);
    expect(one.received('BYE')).toHaveLength(1);
    for (const name of ['pcscf1', 'scscf1']) expect(network.nodes.get(name)!.counts.sessions).toBe(0);
  });
});

it('REG-46 / TS 24.229 5.4.1.2.2: a contact that another one replaces can be reached no more: its dialogs end', () => {
  const made = scene();
  const { network, one, two } = made;
  call(made);
  const other = `sip:${imsiOf(1)}@${network.addresses.ue1!}:5070`;
  expect(one.registerAka({ contacts: [`<${other}>`] }).status).toBe(200);
  network.run(1_000);
  expect(two.received('BYE')).toHaveLength(1);
  expect(network.nodes.get('scscf1')!.counts.sessions).toBe(0);
});
