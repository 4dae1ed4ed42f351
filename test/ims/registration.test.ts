/** Registration over P-CSCF, I-CSCF, S-CSCF and HSS, with a UE written by hand: spec REG-xx, TS 24.229 §5. */
import { parseChallenge, parseCredentials } from '../../src/sip/index.js';
import { HandUe } from './hand-ue.js';
import { homeDomain, startNetwork, subscriber } from './network.js';

describe.each([
  ['IPv4', { ipv6: false }],
  ['IPv6', { ipv6: true }],
  ['IPv4, interpreted', { hostMode: 'interpreted' as const }],
])('registration over %s', (_family, options) => {
  it('REG-41 … REG-45, REG-72: REGISTER, 401, REGISTER, 200; de-registration alike; nothing is left', () => {
    const network = startNetwork(options);
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(challenged.status).toBe(401);
    expect(challenged.toTag).toBeDefined();
    const granted = ue.register({ authorization: ue.answer(challenged) });
    expect(granted.status).toBe(200);
    expect(granted.header('P-Associated-URI')).toBe(`<sip:+15550100001@${homeDomain}>, <tel:+15550100001>`);
    expect(granted.serviceRoute).toHaveLength(1);
    expect(granted.serviceRoute[0]?.uri.host).toBe(network.addresses.scscf1);
    expect(granted.path).toHaveLength(1);
    expect(granted.addresses('Contact')[0]?.uri.text).toBe(ue.contact);
    expect(granted.addresses('Contact')[0]?.parameters.get('expires')).toBe('3600');
    expect(granted.header('Contact')).toContain('+sip.instance="<urn:gsma:imei:35622410-483841-0>"');
    expect(network.causes).toEqual([]);
    // De-registration is challenged again: there is no security association (TS 24.229 §5.4.1.2.1).
    const removed = ue.deregister();
    expect(removed.status).toBe(200);
    expect(removed.addresses('Contact')[0]?.parameters.get('expires')).toBe('0');
    expect(removed.has('Service-Route')).toBe(false);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
    expect(network.faults).toEqual([]);
    expect(network.causes).toEqual([]);
  });
});

describe('REG section 8: authentication that fails', () => {
  it('AKA-13, AKA-33: SQN out of range: auts, a new challenge with another RAND, 200', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    // The same IND as the HSS uses for Cx: the array is checked entry by entry (AKA-21).
    ue.sqnState.accept(0x100002n);
    const first = ue.register({ authorization: ue.firstAuthorization });
    const second = ue.register({ authorization: ue.answer(first) });
    expect(second.status).toBe(401);
    expect(nonceOf(second)).not.toBe(nonceOf(first));
    expect(ue.register({ authorization: ue.answer(second) }).status).toBe(200);
    expect(network.notes.map(({ what }) => what)).toEqual(['info.resynchronised']);
  });

  it('AKA-13: AUTS that does not verify: 403, and the HSS says why', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    const auts = Buffer.alloc(14, 7).toString('base64');
    const authorization = withNonce(ue, nonceOf(challenged)).concat(`,auts="${auts}"`);
    expect(ue.register({ authorization }).status).toBe(403);
    expect(network.causes[0]).toBe('hss1 cause.autsRejected');
    const { text } = network.notes.find(({ what }) => what === 'cause.hssError')!;
    expect(text).toMatch(/refused MAR with Result-Code 5012: the MAC in AUTS is wrong for it.*compare K, OPc/);
  });

  it('AKA-33: auts of another length than 14 octets: 403', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    const authorization = withNonce(ue, nonceOf(challenged)).concat(',auts="AAAA"');
    expect(ue.register({ authorization }).status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.malformedAuts']);
  });

  it('AKA-34 / TS 33.203 6.1.2.2: MAC wrong (empty response, no auts): 403, and the HSS forgets the S-CSCF', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(ue.register({ authorization: withNonce(ue, nonceOf(challenged)) }).status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.macFailure']);
    network.run(200_000);
    expect(network.leftovers()).toEqual({});
    expect(registrationState(network)).toMatchObject({ server: undefined, authenticating: [] });
  });

  it('REG-43, AKA-35 / TS 33.203 6.1.2.1: RES wrong: 403; never a challenge with the same RAND', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(ue.register({ authorization: ue.answer(challenged, { wrong: true }) }).status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.wrongResponse']);
    const again = ue.register({ authorization: ue.firstAuthorization });
    expect(again.status).toBe(401);
    expect(nonceOf(again)).not.toBe(nonceOf(challenged));
  });

  it('REG-43 / TS 24.229 5.4.1.2.3A: RES wrong while registered: 403, and the registration stays', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(ue.register({ authorization: ue.answer(challenged, { wrong: true }) }).status).toBe(403);
    network.run(1000);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1, authentications: 0 });
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1 });
    expect(registrationState(network)).toMatchObject({ server: { name: `sip:scscf1.${homeDomain}:5060` } });
    expect(ue.registerAka().status).toBe(200);
  });

  it('REG-42 / TS 24.229 5.4.1.2.3, 7.8: no answer within reg-await-auth: SAR AUTHENTICATION_TIMEOUT, everything is forgotten', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(401);
    network.run(239_000);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ authentications: 1 });
    expect(registrationState(network)).toMatchObject({ authenticating: [expect.any(String)] });
    network.run(2_000);
    expect(network.causes).toEqual(['scscf1 cause.challengeUnanswered']);
    expect(registrationState(network)).toMatchObject({ server: undefined, authenticating: [] });
    expect(network.leftovers()).toEqual({});
  });

  it('REG-41, REG-43 / TS 24.229 5.4.1.2.3: nonce not ours: a new challenge', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const first = ue.register({ authorization: ue.firstAuthorization });
    const other = ue.register({ authorization: withNonce(ue, Buffer.alloc(32, 1).toString('base64')) });
    expect(other.status).toBe(401);
    expect(nonceOf(other)).not.toBe(nonceOf(first));
    expect(ue.register({ authorization: ue.answer(other) }).status).toBe(200);
    expect(network.causes).toEqual([]);
  });

  it('AKA-35, REG-43: a nonce counts once, for its Call-ID and its public identity', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const first = ue.register({ authorization: ue.firstAuthorization });
    const authorization = ue.answer(first);
    const otherCall = ue.register({ authorization, callId: 'other@ue1' });
    expect(otherCall.status).toBe(401);
    const second = ue.register({ authorization: ue.firstAuthorization });
    const otherIdentity = ue.register({ authorization: ue.answer(second), to: ue.identity });
    expect(otherIdentity.status).toBe(401);
    const third = ue.register({ authorization: ue.firstAuthorization });
    const answer = ue.answer(third);
    expect(ue.register({ authorization: answer }).status).toBe(200);
    expect(ue.register({ authorization: answer }).status).toBe(401);
  });

  it('wrong key in the SIM: the MAC is wrong at the UE, 403 from the S-CSCF', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    ue.k = Buffer.alloc(16, 9);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    // The hand-written UE finds a MAC failure; what it then sends is AKA-34's.
    expect(ue.register({ authorization: withNonce(ue, nonceOf(challenged)) }).status).toBe(403);
    expect(network.causes[0]).toBe('scscf1 cause.macFailure');
  });
});

describe('REG section 9: what follows a registration', () => {
  it('REG-15, REG-41: a re-registration is challenged, keeps its Service-Route, and starts the time anew', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const first = ue.registerAka({ expires: 600 });
    network.run(300_000);
    const second = ue.registerAka({ expires: 600 });
    expect(second.status).toBe(200);
    expect(second.header('Service-Route')).toBe(first.header('Service-Route'));
    network.run(500_000);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1 });
    network.run(200_000);
    expect(network.leftovers()).toEqual({});
    expect(network.causes).toEqual([]);
  });

  it('REG-73, REG-25: without refresh it expires at the S-CSCF, and 30 s later at the P-CSCF', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka({ expires: 60 }).status).toBe(200);
    network.run(59_000);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
    network.run(2_000);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 0 });
    expect(registrationState(network)).toMatchObject({ server: undefined });
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1 });
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it.each(['<sip:a', '"', 'sip:a@b, <'])(
    'RFC 3327 5: the Path %s leads nowhere: 400 before a vector is spent',
    (path) => {
      const network = startNetwork();
      const ue = new HandUe(network);
      const request = ue.makeRegister({ authorization: ue.firstAuthorization, headers: [['Path', path]] });
      const straight = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
      const refused = ue.finalOf(ue.send(request, straight)); // a P-CSCF lets no Path of a UE through
      expect([refused.status, refused.reason]).toEqual([400, 'Path is malformed']);
      expect(registrationState(network)).not.toHaveProperty('authenticating.0');
    },
  );

  it('REG-47: too brief gives 423 with Min-Expires, before a vector is spent; too long is cut', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const brief = ue.registerAka({ expires: 59 });
    expect(brief.status).toBe(423);
    expect(brief.header('Min-Expires')).toBe('60');
    expect(registrationState(network)).toMatchObject({ authenticating: [] });
    const granted = ue.registerAka({ expires: 4_294_967_295 });
    expect(granted.addresses('Contact')[0]?.parameters.get('expires')).toBe('600000');
    expect(network.causes).toEqual(['scscf1 cause.registerRefused']);
  });

  it('REG-47, RFC 3261 10.2.1.1: without Expires the default counts, and a value that is no number is none', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const granted = ue.registerAka({ expires: -1 });
    expect(granted.addresses('Contact')[0]?.parameters.get('expires')).toBe('3600');
    const odd = ue.registerAka({ expires: -1, contacts: [`<${ue.contact}>;expires="soon"`] });
    expect(odd.addresses('Contact')[0]?.parameters.get('expires')).toBe('3600');
    // It counts as 3600, whatever Expires says: nothing is removed by it, and the HSS is not asked whether it may be.
    for (const [expires, value] of [
      [700, 'soon'],
      [0, '0x0'],
    ] as const) {
      const malformed = ue.registerAka({ expires, contacts: [`<${ue.contact}>;expires=${value}`] });
      expect(malformed.addresses('Contact')[0]?.parameters.get('expires')).toBe('3600');
    }
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registrations: 1, registered: 1 });
    const own = ue.registerAka({ expires: 1000, contacts: [`<${ue.contact}>;expires=700`] });
    expect(own.addresses('Contact')[0]?.parameters.get('expires')).toBe('700');
  });

  it('REG-49, RFC 3261 10.3 step 7: same Call-ID needs a higher CSeq; another Call-ID does not', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    const stale = ue.register({ authorization: ue.firstAuthorization, sequence: 2 });
    expect(stale.status).toBe(500);
    expect(network.causes).toEqual(['scscf1 cause.registerOutOfOrder']);
    const other = ue.register({ authorization: ue.firstAuthorization, sequence: 1, callId: 'boot2@ue1' });
    expect(other.status).toBe(401);
    expect(ue.register({ authorization: ue.answer(other), callId: 'boot2@ue1' }).status).toBe(200);
  });

  it('SIP-58: Contact: * needs Expires: 0, and then removes all that is bound', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    expect(ue.registerAka({ contacts: ['*'], expires: 3600 }).status).toBe(400);
    const removed = ue.registerAka({ contacts: ['*'], expires: 0 });
    expect(removed.status).toBe(200);
    expect(removed.addresses('Contact').map(({ uri, parameters }) => [uri.text, parameters.get('expires')])).toEqual([
      [ue.contact, '0'],
    ]);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('REG-46: a second contact replaces the first, at the S-CSCF and at the P-CSCF', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    const other = `sip:${ue.imsi}@${network.addresses.ue1!}:5070`;
    const granted = ue.registerAka({ contacts: [`<${other}>`] });
    expect(granted.addresses('Contact').map(({ uri }) => uri.text)).toEqual([other]);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registrations: 1, registered: 1 });
  });

  it('REG-48: more contacts than allowed in one REGISTER: 403; one new with the removal of the old is fine', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka({ contacts: [`<${ue.contact}>`, '<sip:x@192.0.2.99>'] }).status).toBe(403);
    expect(ue.registerAka({ contacts: [`<${ue.contact}>`] }).status).toBe(200);
    const moved = ue.registerAka({ contacts: [`<${ue.contact}>;expires=0`, '<sip:x@192.0.2.99>'] });
    expect(moved.addresses('Contact').map(({ uri, parameters }) => [uri.text, parameters.get('expires')])).toEqual([
      ['sip:x@192.0.2.99', '3600'],
      [ue.contact, '0'],
    ]);
  });

  it('REG-72: removing what is not bound: 481, and what is bound stays', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    expect(ue.registerAka({ contacts: ['<sip:nobody@192.0.2.99>'], expires: 0 }).status).toBe(481);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
  });

  it('RFC 3261 10.2.3: without Contact the binding is listed and left alone', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    network.run(600_000);
    const listed = ue.registerAka({ contacts: [] });
    expect(listed.status).toBe(200);
    expect(listed.addresses('Contact')[0]?.uri.text).toBe(ue.contact);
    expect(Number(listed.addresses('Contact')[0]?.parameters.get('expires'))).toBeLessThanOrEqual(3000);
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1 });
  });

  it('SIP-07: a contact is the same whatever the case of its host and parameter names', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka({ contacts: ['<sip:x@example.ORG;Transport=udp>'] }).status).toBe(200);
    expect(ue.registerAka({ contacts: ['<sip:x@EXAMPLE.org;transport=UDP>'], expires: 0 }).status).toBe(200);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 0 });
  });

  it('a contact that is no SIP URI: 400', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka({ contacts: ['<mailto:x@example.org>'] }).status).toBe(400);
  });
});

describe('REGISTERs that repeat and race', () => {
  it('a retransmitted REGISTER is answered by the transaction; nothing is asked twice', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const { ue1, pcscf1 } = network.addresses;
    network.simulation.network.links.setBetween(ue1!, pcscf1!, { duplication: 1 });
    expect(ue.registerAka().status).toBe(200);
    expect(network.sent('pcscf1', 'icscf1', 'REGISTER')).toHaveLength(2);
    expect(ue.deregister().status).toBe(200);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('a REGISTER that comes while the HSS is asked for another one gets 500 with Retry-After', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const { scscf1, hss1 } = network.addresses;
    network.simulation.network.links.setBetween(scscf1!, hss1!, { delayMs: 500 });
    const first = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }));
    const second = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }));
    expect(ue.finalOf(second).status).toBe(500);
    expect(second.final!.header('Retry-After')).toBe('1');
    const challenged = ue.finalOf(first);
    expect(challenged.status).toBe(401);
    expect(ue.register({ authorization: ue.answer(challenged) }).status).toBe(200);
  });

  it('an answer and a new REGISTER at once: what is granted is registered at the P-CSCF too', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const { scscf1, hss1 } = network.addresses;
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    network.simulation.network.links.setBetween(scscf1!, hss1!, { delayMs: 500 });
    const answer = ue.send(ue.makeRegister({ authorization: ue.answer(challenged) }));
    const other = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }));
    ue.finalOf(answer);
    ue.finalOf(other);
    const statuses = [answer.final!.status, other.final!.status];
    expect(statuses[0]).toBe(200);
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1, registrations: 1 });
    network.run(5_000_000);
    expect(network.leftovers()).toEqual({});
  });

  it('REG-41 / TS 24.229 5.4.1.2.3: two UEs of one private identity: the second attempt replaces the first', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const first = ue.register({ authorization: ue.firstAuthorization, callId: 'a@ue1' });
    const second = ue.register({ authorization: ue.firstAuthorization, callId: 'b@ue1' });
    expect(nonceOf(second)).not.toBe(nonceOf(first));
    expect(ue.register({ authorization: ue.answer(second), callId: 'b@ue1' }).status).toBe(200);
  });
});

describe('identities', () => {
  it('REG-30: without Authorization the private identity is derived from To', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register();
    expect(challenged.status).toBe(401);
    expect(ue.register({ authorization: ue.answer(challenged) }).status).toBe(200);
  });

  it('REG-80: any identity of the set registers all of it', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const granted = ue.registerAka({ to: ue.identity });
    expect(granted.status).toBe(200);
    expect(granted.header('P-Associated-URI')).toBe(`<sip:+15550100001@${homeDomain}>, <tel:+15550100001>`);
  });

  it('REG-32: a public identity of another subscriber: 403, and the HSS says why', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    expect(ue.registerAka({ to: `sip:+15550100002@${homeDomain}` }).status).toBe(403);
    expect(network.causes).toEqual(['hss1 cause.identitiesDontMatch', 'icscf1 cause.identitiesDontMatch']);
  });

  it('REG-41 / TS 24.229 5.4.1.2.1: the S-CSCF serves its own domain only', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const scscf = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
    const refused = ue.finalOf(ue.send(ue.makeRegister({ to: 'sip:x@example.org' }), scscf));
    expect(refused.status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.domainNotServed']);
  });

  it('REG-60: two S-CSCFs, and the mandatory capability decides', () => {
    const network = startNetwork({
      servers: 2,
      capabilities: [[], [7]],
      subscribers: [subscriber(1, { capabilities: { mandatory: [7], optional: [] } })],
    });
    const ue = new HandUe(network);
    expect(ue.registerAka().serviceRoute[0]?.uri.host).toBe(network.addresses.scscf2);
  });
});

function nonceOf(challenged: { header(name: string): string | undefined }): string {
  return parseChallenge(challenged.header('WWW-Authenticate')!)!.nonce!;
}

/** Credentials with that nonce and an empty response. */
function withNonce(ue: HandUe, nonce: string): string {
  const authorization = ue.firstAuthorization.replace('nonce=""', `nonce="${nonce}"`);
  expect(parseCredentials(authorization)?.response).toBe('');
  return authorization;
}

/** What the HSS keeps, from the last context that its machine showed. */
function registrationState(network: ReturnType<typeof startNetwork>): unknown {
  const query = network.records.filter(
    (record) => record.kind === 'transition' && record.node === 'hss1' && record.machine === 'subscription',
  );
  return (query.at(-1) as { context: unknown } | undefined)?.context ?? {};
}
