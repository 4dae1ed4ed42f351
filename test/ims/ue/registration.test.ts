/** The UE's registration, against a scripted registrar: spec REG-10 to REG-18, AKA-33, AKA-34; TS 24.229 5.1.1. */
import type { RegistrationOutcome } from '../../../src/ims/ue/index.js';
import { parseCredentials, parseMessage, type ServerRequest, type SipRequest } from '../../../src/sip/index.js';
import { homeDomain, NetworkSide, opc } from './network-side.js';
import { registration } from './usual-ue.js';

const impi = `001010000000001@${homeDomain}`;
const impu = `sip:+15550100001@${homeDomain}`;

function authorization(server: ServerRequest) {
  return parseCredentials(server.message.header('Authorization')!)!;
}

function registerRequests(network: NetworkSide): SipRequest[] {
  return network.sent('REGISTER').map(({ text }) => parseMessage(text) as SipRequest);
}

describe('the UE registers', () => {
  it('REG-10, REG-11 / TS 24.229 5.1.1.2: the first REGISTER names IMPI, home domain, contact and features', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    expect(network.outcome<RegistrationOutcome>((done) => ue.register(done))).toEqual({
      success: true,
      status: 200,
      expires: 600_000,
      reason: `ue1 is registered as ${impu} for 600000 s`,
      clause: undefined,
    });
    const [first] = registerRequests(network);
    expect(first!.requestUri).toBe(`sip:${homeDomain}`);
    expect(first!.from.uri.text).toBe(`sip:${impi}`);
    expect(first!.to.text).toBe(`<sip:${impi}>`);
    expect(first!.topVia.rport).toBe(true);
    expect(first!.expires).toBe(600_000);
    expect(first!.hasOption('Supported', 'path')).toBe(true);
    expect(first!.header('Contact')).toBe(
      '<sip:001010000000001@10.0.0.11:5060>;+sip.instance="<urn:gsma:imei:35622410-000001-0>";' +
        '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip',
    );
    expect(first!.header('Authorization')).toBe(
      `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response="",algorithm=AKAv1-MD5`,
    );
  });

  it('CALL-70 / TS 24.229 5.1.6: for emergencies with sos in Contact, watched by nobody, and not ended by the UE', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { registration: { ...registration, subscribe: true, emergency: true } });
    expect(network.outcome<RegistrationOutcome>((done) => ue.register(done))).toMatchObject({ success: true });
    const contacts = registerRequests(network).map((request) => request.addresses('Contact')[0]!.uri.text);
    expect(contacts).toEqual(Array(2).fill('sip:001010000000001@10.0.0.11:5060;sos'));
    expect(network.outcome<RegistrationOutcome>((done) => ue.deregister(done))).toMatchObject({
      success: false,
      clause: 'TS 24.229 §5.1.6.6',
    });
    expect([registerRequests(network).length, network.sent('SUBSCRIBE').length]).toEqual([2, 0]);
  });

  it('REG-12 / RFC 3261 10.2: the answer keeps Call-ID, counts CSeq on, and follows the offered qop', () => {
    const network = new NetworkSide();
    network.outcome((done) => network.ue(1).register(done));
    const [first, second] = registerRequests(network);
    expect(second!.callId).toBe(first!.callId);
    expect(second!.cseq.sequence).toBe(first!.cseq.sequence + 1);
    expect(second!.topVia.branch).not.toBe(first!.topVia.branch);
    const answer = authorization(network.registers[1]!);
    expect(answer).toMatchObject({ username: impi, qop: 'auth', nc: '00000001', algorithm: 'AKAv1-MD5' });
    expect(answer.response).toMatch(/^[0-9a-f]{32}$/);
  });

  it('REG-13: the first P-Associated-URI is the default public identity, until the registration ends', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    expect(ue.publicIdentity).toBe(`sip:${impi}`);
    network.registered(ue);
    expect(ue.publicIdentity).toBe(impu);
    network.outcome((done) => ue.deregister(done));
    expect(ue.publicIdentity).toBe(`sip:${impi}`);
  });

  it('REG-18 / TS 24.229 5.1.1.6: de-registration sends Expires 0, answers a challenge, and succeeds when not registered', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    expect(network.outcome((done) => ue.deregister(done))).toMatchObject({ success: true });
    network.registered(ue);
    expect(network.outcome((done) => ue.deregister(done))).toMatchObject({ success: true, expires: 0 });
    expect(registerRequests(network).map(({ expires }) => expires)).toEqual([0, 0]);
  });

  it('REG-15 / TS 24.229 5.1.1.4.1: refreshes at half time, or 600 s before the end of more than 1200 s, with the last credentials', () => {
    for (const [grantedSeconds, refreshMs] of [
      [100, 50_000],
      [1200, 600_000],
      [3600, 3_000_000],
    ] as const) {
      const network = new NetworkSide({ grantedSeconds });
      const ue = network.ue(1);
      network.registered(ue);
      const grantedAt = network.simulation.clock.now();
      const last = network.registers.length;
      network.simulation.run({ until: () => network.registers.length > last, forMs: 4_000_000 });
      expect(network.simulation.clock.now() - grantedAt).toBeCloseTo(refreshMs + 5, 0);
      const refresh = network.registers[last]!;
      expect(refresh.message.callId).toBe(network.registers[0]!.message.callId);
      expect(authorization(refresh).response).toBe(authorization(network.registers[last - 1]!).response);
      network.run(1000);
      expect(ue.publicIdentity).toBe(impu);
    }
  });

  it('RFC 3261 10.2: what is asked while the opposite is under way is done after it', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    const ends: string[] = [];
    ue.register(({ success }) => ends.push(`registered ${success}`));
    ue.deregister(({ success }) => ends.push(`deregistered ${success}`));
    network.run(1000);
    expect(ends).toEqual(['registered true', 'deregistered true']);
    expect(ue.publicIdentity).toBe(`sip:${impi}`);
  });

  it.each(['compiled', 'interpreted'] as const)('runs %s with the same messages', (mode) => {
    const network = new NetworkSide({ mode });
    const ue = network.ue(1);
    network.outcome((done) => ue.register(done));
    expect(network.flow('10.0.0.11')).toEqual(['> REGISTER', '< 401 REGISTER', '> REGISTER', '< 200 REGISTER']);
  });
});

describe('challenges that the USIM does not accept', () => {
  it('AKA-34, REG-16 / TS 24.229 5.1.1.5.3, 5.1.1.5.12: a wrong MAC is answered with an empty response, at most twice', () => {
    const network = new NetworkSide({ hss: { opc: Buffer.alloc(16, 7) } });
    const ue = network.ue(1);
    network.onRegister = (server) => {
      network.challenge(server);
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome).toMatchObject({
      success: false,
      status: undefined,
      reason:
        'ue1 refused the challenge: K or OPc differ between its SIM and the HSS: compare K and OPc of the SIM, ' +
        'digit by digit, with those of the subscriber in the HSS, and see that neither has OP in the place of OPc',
      clause: 'TS 33.102 §6.3.3',
    });
    expect(network.registers).toHaveLength(3);
    for (const server of network.registers.slice(1)) {
      expect(authorization(server).response).toBe('');
      expect(authorization(server).auts).toBeUndefined();
    }
    expect(network.notes.filter(({ what }) => what === 'cause.macFailure')[0]).toMatchObject({
      node: 'ue1',
      text: outcome.reason,
    });
    network.run(3_600_000);
    expect(network.registers).toHaveLength(3);
  });

  it('the diagnosis of a wrong MAC outlives the 403 that follows, and names what was mixed up', () => {
    const network = new NetworkSide({ hss: { opc: Buffer.alloc(16) } });
    const ue = network.ue(1);
    expect(network.outcome<RegistrationOutcome>((done) => ue.register(done))).toMatchObject({
      success: false,
      status: 403,
      reason: expect.stringMatching(
        /^ue1 refused the challenge: K is the same, but the network uses an OPc of zeros: /,
      ),
    });
    expect(opc.equals(Buffer.alloc(16))).toBe(false);
  });

  it('AKA-33 / RFC 3310 3.4: a SQN behind the SIM is answered with AUTS, and the next challenge with RES', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { sim: { ...network.config(1).sim, sqn: 32_000_002n } });
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome).toMatchObject({ success: true, clause: 'TS 33.102 §6.3.5' });
    expect(outcome.reason).toContain('after its SIM and the HSS had brought their sequence numbers in line');
    expect(network.registers).toHaveLength(3);
    expect(authorization(network.registers[1]!).auts).toHaveLength(20);
    expect(authorization(network.registers[2]!).auts).toBeUndefined();
    expect(network.notes.map(({ what }) => what)).toEqual(['info.resynchronised']);
  });

  it('a HSS that ignores AUTS is named after the second one', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { sim: { ...network.config(1).sim, sqn: 32_000_002n } });
    network.onRegister = (server) => {
      network.challenge(server);
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome.success).toBe(false);
    expect(outcome.reason).toContain('although it has told the HSS so with AUTS');
    expect(network.notes.at(-1)).toMatchObject({ what: 'cause.syncFailure' });
  });

  it.each([
    ['no WWW-Authenticate', [], 'it has no WWW-Authenticate with the Digest scheme'],
    ['MD5', [['WWW-Authenticate', 'Digest realm="r",nonce="n",algorithm=MD5']], 'it asks for MD5'],
    [
      'a short nonce',
      [['WWW-Authenticate', 'Digest realm="r",nonce="AAAA",algorithm=AKAv1-MD5']],
      'its nonce "AAAA" is not',
    ],
  ] as const)('RFC 3310 3.1: %s ends the attempt', (_, headers, text) => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      server.reply(401, { headers });
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome.success).toBe(false);
    expect(outcome.reason).toContain(text);
    expect(network.registers).toHaveLength(1);
  });

  it('a network that challenges every good answer again is given up on', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      network.challenge(server);
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome.reason).toContain('challenged every answer again');
    expect(network.registers).toHaveLength(4);
  });
});

describe('answers that refuse', () => {
  function refusing(status: number, headers: readonly (readonly [string, string])[] = []): NetworkSide {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      server.reply(status, { headers });
      return true;
    };
    return network;
  }

  it.each([
    [403, 'the network answered 403 Forbidden: check that the HSS knows IMPI and IMPU'],
    [404, 'the network answered 404 Not Found'],
    [420, 'the network answered 420 Bad Extension'],
    [494, 'security agreement (IPsec)'],
    [405, 'takes no REGISTER: see whether address and port are those of a P-CSCF'],
    [483, 'Max-Forwards was used up: see whether the UE begins with 70'],
    [513, 'the REGISTER is longer than a node takes'],
    [600, 'no S-CSCF has the capabilities'],
    [699, 'the network answered 699'],
    [606, 'for a reason that registrars do not usually have: see which node has sent that first'],
  ])('REG-16: %i is final, and said in words', (status, text) => {
    const network = refusing(status);
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome).toMatchObject({ success: false, status });
    expect(outcome.reason).toContain(text);
    network.run(4_000_000);
    expect(network.registers).toHaveLength(1);
  });

  it.each([
    [[['Unsupported', 'sec-agree']], 'switch IPsec on at the P-CSCF (security: ipsec-3gpp), or off at the UE'],
    [[['Unsupported', 'magic, path']], 'it does not know magic, path: take it out of Require'],
    [[], 'an option that REGISTER requires, and does not name it'],
  ] as const)('REG-16 / RFC 3261 21.4.15: 420 with %j says which option it is about', (headers, text) => {
    const network = refusing(420, headers);
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome.reason).toContain(text);
  });

  it.each([
    [481, [], 'no binding of this contact'],
    [482, [], 'came back to a node that it had passed'],
    [483, [], 'Max-Forwards was used up'],
    [500, [], 'a node failed'],
    [500, [['Retry-After', '3']], 'not done with an earlier REGISTER'],
  ] as const)('REG-16: %i with %j is said in words', (status, headers, text) => {
    const network = refusing(status, headers);
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome.reason).toContain(text);
  });

  it.each([480, 500, 503, 504])(
    'REG-16 / RFC 5626 4.5: after %i the UE comes again, in 30 to 60 s, then twice as late',
    (status) => {
      const network = refusing(status);
      const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
      expect(outcome).toMatchObject({ success: false, status });
      network.run(200_000);
      const times = network.sent('REGISTER').map(({ at }) => at);
      const waits = times.slice(1).map((at, index) => at - times[index]!);
      expect(waits.length).toBeGreaterThanOrEqual(2);
      expect(waits[0]).toBeGreaterThanOrEqual(30_000);
      expect(waits[0]).toBeLessThanOrEqual(60_020);
      expect(waits[1]).toBeGreaterThanOrEqual(60_000);
      expect(waits[1]).toBeLessThanOrEqual(120_020);
    },
  );

  it('REG-16 / RFC 3261 20.33: Retry-After is honoured, and the registration then succeeds by itself', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    let refused = 0;
    network.onRegister = (server) => {
      if (refused > 0) return false;
      refused++;
      server.reply(504, { headers: [['Retry-After', '7 (soon);duration=3']] });
      return true;
    };
    network.outcome((done) => ue.register(done));
    network.run(10_000);
    const [first, second] = network.sent('REGISTER');
    expect(second!.at - first!.at).toBeCloseTo(7010, 0);
    expect(ue.publicIdentity).toBe(impu);
  });

  it('REG-16 / TS 24.229 5.1.1.2.1: 423 is answered with Min-Expires, once it is more than was asked', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { registration: { ...registration, expires: 60 } });
    network.onRegister = (server) => {
      if ((server.message.expires ?? 0) >= 120) return false;
      server.reply(423, { headers: [['Min-Expires', '120']] });
      return true;
    };
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(registerRequests(network).map(({ expires }) => expires)).toEqual([60, 120, 120]);
    const stubborn = refusing(423, [['Min-Expires', '60']]);
    const outcome = stubborn.outcome<RegistrationOutcome>((done) => stubborn.ue(1).register(done));
    expect(outcome).toMatchObject({ success: false, status: 423 });
    expect(stubborn.registers).toHaveLength(1);
  });

  it('RFC 3261 10.2.8: a registrar that raises Min-Expires each time is followed twice, and anew when the user asks', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { registration: { ...registration, expires: 60 } });
    network.onRegister = (server) => {
      server.reply(423, { headers: [['Min-Expires', String((server.message.expires ?? 0) + 1)]] });
      return true;
    };
    const outcome = () => network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome()).toMatchObject({ success: false, status: 423 });
    expect(registerRequests(network).map(({ expires }) => expires)).toEqual([60, 61, 62]);
    network.run(3_600_000);
    expect(registerRequests(network)).toHaveLength(3);
    expect(outcome()).toMatchObject({ success: false, status: 423 });
    expect(registerRequests(network).map(({ expires }) => expires)).toEqual([60, 61, 62, 62, 63, 64]);
  });

  it('RFC 3261 10.2.4: a 200 without the own contact is no registration', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      server.reply(200, { headers: [['Contact', '<sip:somebody@10.9.9.9>;expires=600']] });
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome).toMatchObject({ success: false, status: 200 });
    expect(outcome.reason).toContain('no binding for the contact');
  });
});

describe('silence', () => {
  it('SIP-33 / TS 24.229 7.7: REGISTER is repeated from 2 s up to every 16 s, and given up after 128 s with a cause', () => {
    const network = new NetworkSide();
    network.sip.close();
    const ue = network.ue(1);
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome).toMatchObject({ success: false, status: undefined });
    expect(outcome.reason).toBe(
      'ue1 got no answer to REGISTER from the P-CSCF at udp://10.0.0.1:5060: check that it runs there',
    );
    const [first, ...rest] = network.sent('REGISTER').map(({ at }) => at);
    expect(rest.slice(0, 5).map((at) => at - first!)).toEqual([2000, 6000, 14_000, 30_000, 46_000]);
    // A cause is there while a scenario still waits.
    expect(network.notes[0]!.what).toBe('cause.noAnswer');
    expect(network.notes[0]!.time - network.simulation.clock.now()).toBeLessThan(-100_000);
  });

  it('registers over a link that loses and repeats datagrams', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const network = new NetworkSide({ seed });
      network.simulation.links.setDefaults({ loss: 0.3, duplication: 0.2, reordering: 0.2 });
      const ue = network.ue(1);
      expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    }
  });

  it('registers over IPv6, and over TCP', () => {
    const six = new NetworkSide({ ipv6: true });
    expect(six.outcome((done) => six.ue(1).register(done))).toMatchObject({ success: true });
    expect(six.registers[0]!.message.header('Contact')).toContain('<sip:001010000000001@[2001:db8::11]:5060>');
    const network = new NetworkSide();
    const ue = network.ue(1, {}, { proxy: [{ protocol: 'tcp', endpoint: network.endpoint }] });
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(network.registers[0]!.message.header('Contact')).toContain(';transport=tcp>');
    expect(network.wire.every(({ protocol }) => protocol === 'tcp')).toBe(true);
  });

  it('SIP-26 / RFC 3263 4.3: the next P-CSCF is tried where the first is silent', () => {
    const network = new NetworkSide();
    const dead = { protocol: 'udp' as const, endpoint: { address: '10.0.0.9', port: 5060 } };
    const ue = network.ue(1, {}, { proxy: [dead, { protocol: 'udp', endpoint: network.endpoint }] });
    expect(network.outcome((done) => ue.register(done), 600_000)).toMatchObject({ success: true });
  });
});

describe('the life of a UE', () => {
  it('binds, serves, stops, and leaves nothing', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    network.registered(ue);
    ue.stop();
    network.run(1);
    expect(ue.state).toBe('stopped');
    expect(ue.instanceCount).toBe(0);
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome).toMatchObject({ success: false, reason: 'ue1 is not running' });
  });

  it('says what it could not bind', () => {
    const network = new NetworkSide();
    network.ue(1);
    const second = network.ue(1);
    expect(second.state).toBe('failed');
    expect(second.failure).toMatchObject({ node: 'ue1', wanted: 'udp://10.0.0.11:5060', code: 'EADDRINUSE' });
    expect(second.instanceCount).toBe(0);
  });

  it('tells who waits when it is stopped', () => {
    const network = new NetworkSide();
    network.sip.close();
    const ue = network.ue(1);
    const outcomes: RegistrationOutcome[] = [];
    ue.register((outcome) => outcomes.push(outcome));
    network.run(100);
    ue.stop();
    network.run(1);
    expect(outcomes).toMatchObject([{ success: false, reason: 'ue1 was stopped' }]);
  });
});
