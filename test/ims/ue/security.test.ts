/** The UE registers with IPsec: REG-11 to REG-15, REG-18, REG-19, REG-70, REG-71; AKA-40 to AKA-55; TS 33.203 7, TS 24.229 5.1.1.5.1. */
import { createSimulation } from '../../../src/environment/simulated/index.js';
import type { RegistrationOutcome, UeConfig } from '../../../src/ims/ue/index.js';
import {
  type SecurityAssociationEvent,
  securityAssociation,
} from '../../../src/ims/ue/security-association.machine.js';
import { ipsecProposal, parseSecurityMechanisms } from '../../../src/ipsec/index.js';
import { createMachineHost } from '../../../src/machine/index.js';
import { buildRequest, parseCredentials, type SipRequest } from '../../../src/sip/index.js';
import { contactUriOf, NetworkSide } from './network-side.js';
import { SecureNetwork, secureUe } from './secure-network.js';

function offered(message: SipRequest) {
  return ipsecProposal(parseSecurityMechanisms(message.headers('Security-Client'))[0]!)!;
}

function registered(change: Partial<UeConfig> = {}) {
  const network = new SecureNetwork();
  const ue = network.ue(change);
  const outcome = network.outcome((done) => ue.register(done));
  return { network, ue, outcome, messages: network.registers.map(({ server }) => server.message) };
}

const refusing = (status: number) => {
  const network = new SecureNetwork();
  network.onRegister = (server) => {
    server.reply(status);
    return true;
  };
  return network.outcome((done) => network.ue().register(done));
};

describe('REG-11, REG-12, REG-13: the first registration', () => {
  it('the first REGISTER is unprotected and offers; the answer goes protected, from the client port to the server port', () => {
    const { network, outcome, messages } = registered();
    expect(outcome).toMatchObject({ success: true });
    expect(network.complaints).toEqual([]);
    expect(network.registers.map(({ port }) => port)).toEqual([5060, 6061]);
    const [first, second] = messages;
    expect(first!.values('Require')).toEqual(['sec-agree']);
    expect(first!.values('Proxy-Require')).toEqual(['sec-agree']);
    expect(first!.hasOption('Supported', 'sec-agree')).toBe(true);
    expect(first!.has('Security-Verify')).toBe(false);
    expect(first!.has('P-Access-Network-Info')).toBe(false);
    expect(contactUriOf(first!)).toContain(':5060');
    const { clientPort, serverPort, clientSpi, serverSpi } = offered(first!);
    expect(new Set([clientPort, serverPort, 5060]).size).toBe(3);
    expect(clientSpi).not.toBe(serverSpi);
    expect(second!.callId).toBe(first!.callId);
    expect(second!.cseq.sequence).toBe(first!.cseq.sequence + 1);
    expect(second!.header('Security-Client')).toBe(first!.header('Security-Client'));
    expect(second!.topVia.port).toBe(serverPort);
    expect(second!.topVia.rport).toBeUndefined();
    expect(contactUriOf(second!)).toContain(`:${serverPort}`);
    expect(second!.has('P-Access-Network-Info')).toBe(true);
    expect(network.registers[1]!.server.source.endpoint.port).toBe(clientPort);
  });

  it('AKA-51: what goes over the set is ESP, request and answer, and nothing else is after the 401', () => {
    const { network } = registered();
    const sent = network.packets.map(({ carrier }) => carrier !== undefined);
    expect(sent).toEqual([false, false, true, true]);
  });

  it('REG-14, AKA-44: further requests carry Security-Verify, leave protected, and the Route begins with port-ps', () => {
    const { network, ue, messages } = registered();
    network.requests.length = 0;
    ue.message('sip:somebody@example.org', 'hello', () => {});
    network.run(1000);
    const [{ server, port }] = network.requests as [(typeof network.requests)[number]];
    expect(port).toBe(6061);
    expect(server.message.values('Route')[0]).toBe('<sip:10.0.0.1:6061;lr>');
    expect(server.message.header('Security-Verify')).toBe(messages[1]!.header('Security-Verify'));
    expect(server.message.values('Proxy-Require')).toEqual(['sec-agree']);
    expect(server.message.topVia.port).toBe(offered(messages[0]!).serverPort);
  });

  it('REG-19: a request of the P-CSCF comes to the server port, and its answer leaves from the client port', () => {
    const { network, messages } = registered();
    const { serverPort, clientPort } = offered(messages[0]!);
    const statuses: number[] = [];
    const options = buildRequest({
      method: 'OPTIONS',
      requestUri: `sip:001010000000001@10.0.0.11:${serverPort}`,
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:a@b>;tag=1'],
        ['To', '<sip:c@d>'],
        ['Call-ID', 'o1'],
        ['CSeq', '1 OPTIONS'],
      ],
    });
    const local = { protocol: 'udp', address: '10.0.0.1', port: 6061 } as const;
    network.packets.length = 0;
    network.sip.sendRequest(
      options,
      [{ protocol: 'udp', endpoint: { address: '10.0.0.11', port: serverPort }, local }],
      { onResponse: ({ status }) => statuses.push(status), onTimeout: () => {}, onTransportError: () => {} },
    );
    network.run(100);
    expect(statuses).toEqual([200]);
    expect(network.packets.map(({ from, to }) => [from.port, to.port])).toEqual([
      [6060, serverPort],
      [clientPort, 6061],
    ]);
    expect(network.protectedPackets).toHaveLength(2);
  });
});

describe('REG-15, REG-70, REG-71, AKA-54, AKA-55: re-registration', () => {
  it('without a challenge: over the set, with a new offer of the old server port, and the set stays', () => {
    const { network, ue, messages } = registered();
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true });
    const { server, port } = network.registers[2]!;
    expect(port).toBe(6061);
    const [before, now] = [offered(messages[0]!), offered(server.message)];
    expect(now.serverPort).toBe(before.serverPort);
    expect(now.clientPort).not.toBe(before.clientPort);
    expect(new Set([before.clientSpi, before.serverSpi, now.clientSpi, now.serverSpi]).size).toBe(4);
    expect(server.message.header('Security-Verify')).toBe(messages[1]!.header('Security-Verify'));
    const authorization = parseCredentials(server.message.header('Authorization')!)!;
    expect(authorization.response).toBe(parseCredentials(messages[1]!.header('Authorization')!)!.response);
    expect(server.source.endpoint.port).toBe(before.clientPort);
  });

  it('with a challenge: the answer goes over the new set, and so does everything after the 200', () => {
    const { network, ue, messages } = registered();
    network.reauthenticates = true;
    network.packets.length = 0;
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true });
    expect(network.complaints).toEqual([]);
    const [third, fourth] = network.registers.slice(2).map(({ server }) => server);
    const [first, second] = [offered(messages[0]!), offered(third!.message)];
    expect(third!.source.endpoint.port).toBe(first.clientPort);
    expect(fourth!.source.endpoint.port).toBe(second.clientPort);
    expect(network.protectedPackets).toHaveLength(network.packets.length);
    ue.message('sip:somebody@example.org', 'hello', () => {});
    network.run(1000);
    expect(network.requests.at(-1)!.server.source.endpoint.port).toBe(second.clientPort);
  });

  it('many times: each new set has a client port that no standing set has', () => {
    const { network, ue } = registered();
    network.reauthenticates = true;
    for (let i = 0; i < 6; i++) {
      expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true });
    }
    network.run(130_000);
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true });
  });

  it('one that is refused ends the registration at the UE, which begins unprotected', () => {
    const { network, ue } = registered();
    network.reauthenticates = true;
    let count = 0;
    network.onRegister = (server) => {
      count++;
      if (count !== 2) return false;
      server.reply(403);
      return true;
    };
    const outcome = network.outcome((done) => ue.reregister(done));
    expect(outcome).toMatchObject({ success: false, status: 403 });
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(network.registers.slice(-2).map(({ port }) => port)).toEqual([5060, 6061]);
  });
});

describe('REG-18: de-registration', () => {
  it('goes over the set; afterwards the UE begins unprotected', () => {
    const { network, ue } = registered();
    expect(network.outcome((done) => ue.deregister(done))).toMatchObject({ success: true });
    expect(network.registers.at(-1)!.port).toBe(6061);
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(network.registers.slice(-2).map(({ port }) => port)).toEqual([5060, 6061]);
  });

  it('a UE that stops leaves nothing', () => {
    const { network, ue } = registered();
    expect(ue.instanceCount).toBeGreaterThan(1);
    ue.stop();
    network.run(10_000);
    expect(ue.instanceCount).toBe(0);
  });
});

describe('REG-13, REG-70, AKA-53: how long a UE uses its set', () => {
  const portOfMessage = ({ network, ue }: Pick<ReturnType<typeof registered>, 'network' | 'ue'>): number => {
    ue.message('sip:somebody@example.org', 'hello', () => {});
    network.run(1000);
    return network.requests.at(-1)!.port;
  };

  it('longer than reg-await-auth, once it is granted', () => {
    const run = registered();
    run.network.run(250_000);
    expect(portOfMessage(run)).toBe(6061);
  });

  it('AKA-53 / TS 24.229 5.1.1.5.1: 30 s beyond the registration, so that a late answer still comes over it', () => {
    const network = new SecureNetwork();
    network.grantedSeconds = 200;
    const ue = network.ue();
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    network.onRegister = (server) => {
      network.simulation.clock.setTimer(115_000, () => network.register(server)); // it comes after half of the time
      return true;
    };
    network.run(220_000);
    expect(network.registers.map(({ port }) => port)).toEqual([5060, 6061, 6061]);
    expect(portOfMessage({ network, ue })).toBe(6061);
  });

  it('AKA-53: as long as the grant before, where the last one is shorter', () => {
    const network = new SecureNetwork();
    network.grantedSeconds = 3600;
    const ue = network.ue();
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    network.grantedSeconds = 100;
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true });
    network.onRegister = (server) => {
      network.simulation.clock.setTimer(115_000, () => network.register(server)); // it comes after half of the time
      return true;
    };
    network.run(170_000);
    expect(network.registers.map(({ port }) => port)).toEqual([5060, 6061, 6061, 6061]);
    expect(portOfMessage({ network, ue })).toBe(6061);
  });

  it('beyond the first grant, where the registration was refreshed over it', () => {
    const network = new SecureNetwork();
    network.grantedSeconds = 600;
    const ue = network.ue();
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    network.run(700_000); // it refreshes by itself, after half of the time
    expect(network.registers.map(({ port }) => port)).toEqual([5060, 6061, 6061, 6061]);
    expect(portOfMessage({ network, ue })).toBe(6061);
  });
});

describe('AKA-53, AKA-54: how long a set lives', () => {
  function life(...events: readonly (readonly [afterMs: number, event: SecurityAssociationEvent])[]): number {
    const simulation = createSimulation({ seed: 1 });
    const environment = simulation.environmentFor('ue');
    const host = createMachineHost({ node: 'ue', environment, mode: 'compiled' });
    const startedAt = simulation.clock.now();
    let endedAt = Number.NaN;
    const removeSet = (): void => {
      endedAt = simulation.clock.now();
    };
    const set = host.create(securityAssociation, { id: 's', input: undefined, owner: {}, effects: { removeSet } });
    for (const [afterMs, event] of events) {
      simulation.run({ forMs: afterMs });
      set.send(event);
    }
    simulation.run({ forMs: 10_000_000 });
    expect(host.instanceCount).toBe(0);
    return endedAt - startedAt;
  }
  const granted = { type: 'registration.granted', lifetimeMs: 3_630_000 } as const;

  it('a temporary one for reg-await-auth', () => {
    expect(life()).toBe(240_000);
  });

  it('an established one as long as its registration and 30 s, counted anew with each grant', () => {
    expect(life([1000, granted])).toBe(3_631_000);
    expect(life([1000, granted], [1_000_000, granted])).toBe(4_631_000);
  });

  it('one that is superseded for 64*T1 more; one that is dropped no more', () => {
    expect(life([1000, granted], [1000, { type: 'set.superseded' }])).toBe(130_000);
    expect(life([1000, { type: 'set.dropped' }])).toBe(1000);
  });
});

describe('what goes wrong, in a sentence', () => {
  it.each(['spi-c', 'spi-s'])(
    'AKA-41 / TS 33.203 7.2: the P-CSCF takes the SPI that the UE has offered as %s',
    (name) => {
      const network = new SecureNetwork();
      network.securityServer = (chosen) => {
        const { clientSpi, serverSpi } = offered(network.registers.at(-1)!.server.message);
        return chosen.replace(/spi-c=\d+/, `spi-c=${name === 'spi-c' ? clientSpi : serverSpi}`);
      };
      const outcome = network.outcome((done) => network.ue().register(done));
      expect(outcome).toMatchObject({ success: false, clause: 'TS 33.203 §7.2' });
      expect(network.protectedPackets).toHaveLength(0);
    },
  );

  it('REG-12: no Security-Server: abandoned, once more with a new Call-ID, then given up', () => {
    const network = new SecureNetwork();
    network.securityServer = () => undefined;
    const outcome = network.outcome((done) => network.ue().register(done));
    expect(outcome).toMatchObject({ success: false, clause: 'TS 24.229 §5.1.1.5.1' });
    expect(outcome.reason).toContain('the challenge has no Security-Server');
    const callIds = network.registers.map(({ server }) => server.message.callId);
    expect(callIds).toHaveLength(2);
    expect(new Set(callIds).size).toBe(2);
    expect(network.protectedPackets).toHaveLength(0);
  });

  it.each([
    [
      'another algorithm',
      /alg=hmac-sha-1-96;ealg=aes-cbc/,
      'alg=hmac-md5-96;ealg=null',
      'none of its algorithms is one',
    ],
    ['a broken entry', /port-s=6061/, 'port-s=0', 'port-s=0 is not between 1 and 65535'],
  ])('RFC 3329 2.3.1: %s in Security-Server', (_, what, instead, text) => {
    const network = new SecureNetwork();
    network.securityServer = (chosen) => chosen.replace(what, instead);
    const outcome = network.outcome((done) => network.ue().register(done));
    expect(outcome.success).toBe(false);
    expect(outcome.reason).toContain(text);
    expect(outcome.reason).toContain('compare the algorithms of UE and P-CSCF');
  });

  it.each([
    [494, 'it has no algorithm in common with this UE'],
    [421, 'has not seen the one that this UE offers'],
  ])('%i', (status, text) => {
    const outcome: RegistrationOutcome = refusing(status);
    expect(outcome).toMatchObject({ success: false, status, clause: 'RFC 3329 2.3.1' });
    expect(outcome.reason).toContain(text);
  });

  it('the quirk: Require: sec-agree without Security-Client', () => {
    const network = new SecureNetwork();
    const ue = network.ue({ quirks: { noSecurityClient: true } });
    const outcome = network.outcome((done) => ue.register(done));
    expect(outcome.reason).toContain('the challenge has no Security-Server');
    expect(network.registers[0]!.server.message.has('Security-Client')).toBe(false);
    expect(network.registers[0]!.server.message.values('Require')).toEqual(['sec-agree']);
  });

  it('REG section 8: after AUTS no set is made; the answer offers anew, unprotected', () => {
    const network = new SecureNetwork();
    const ue = network.ue();
    const { material, delta } = secureSim;
    ue.stop();
    network.run(3000);
    const ahead = network.ue({ sim: { material, delta, sqn: 32_000_002n } });
    let count = 0;
    network.onRegister = (server) => {
      count++;
      if (count < 2) return false;
      server.reply(403);
      return true;
    };
    expect(network.outcome((done) => ahead.register(done))).toMatchObject({ success: false });
    const [first, second] = network.registers;
    expect(second!.port).toBe(5060);
    expect(parseCredentials(second!.server.message.header('Authorization')!)!.auts).toHaveLength(20);
    expect(second!.server.message.header('Security-Client')).not.toBe(first!.server.message.header('Security-Client'));
  });
});

const secureSim = {
  material: {
    algorithm: 'milenage',
    k: Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex'),
    opc: Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex'),
  },
  delta: 1n << 28n,
} as const;

it('a network that carries no ESP: the UE does not start, and says why', () => {
  const ue = new NetworkSide().ue(1, {}, secureUe);
  expect(ue.state).toBe('failed');
  expect(ue.failure).toMatchObject({ wanted: 'udp://10.0.0.11:4500', code: 'ENOTSUP' });
});
