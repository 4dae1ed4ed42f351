/** Nodes under attack in the simulated environment: nothing throws, nothing stays, and a UE registers afterwards. */
import type { StreamConnection } from '../../src/environment/index.js';
import { parseOwn, type SipResponse } from '../../src/sip/index.js';
import { HandUe } from './hand-ue.js';
import { hostileDiameter, mutated, odd, oversized, type Target, wellFormed } from './hostile-messages.js';
import { homeDomain, startNetwork, type TestNetwork } from './network.js';

const victims = ['pcscf1', 'icscf1', 'scscf1'] as const;

/** Somebody at `peer1` with a datagram socket, and what it was answered. */
function attacker(network: TestNetwork) {
  const address = network.addresses.peer1!;
  const answers: SipResponse[] = [];
  const socket = network.simulation.network.bindDatagram(
    { address, port: 5060 },
    {
      onDatagram: (bytes) => {
        const message = parseOwn(bytes.toString('latin1'));
        if (message.kind === 'response') answers.push(message);
      },
      onError: (_, message) => {
        throw new Error(message);
      },
    },
  );
  const target = (victim: string): Target => ({
    host: network.addresses[victim]!,
    domain: homeDomain,
    sentBy: `${address}:5060`,
  });
  const send = (victim: string, octets: Buffer | string): void =>
    socket.send(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets, {
      address: network.addresses[victim]!,
      port: 5060,
    });
  return { answers, target, send };
}

interface Stream {
  readonly connection: StreamConnection;
  readonly received: Buffer[];
  isClosed: boolean;
}

function connect(network: TestNetwork, victim: string, port = 5060): Stream {
  const received: Buffer[] = [];
  const connection = network.simulation.network.connectStream(
    { address: network.addresses.peer1!, port: 0 },
    { address: network.addresses[victim]!, port },
    {
      onOpen: () => {},
      onData: (bytes) => received.push(Buffer.from(bytes)),
      onClose: () => {
        stream.isClosed = true;
      },
    },
  );
  const stream: Stream = { connection, received, isClosed: false };
  return stream;
}

/** When every timer has run out nothing is left, and a UE registers as if nothing had been. */
function expectUnharmed(network: TestNetwork): void {
  network.run(600_000);
  expect(network.leftovers()).toEqual({});
  expect(new HandUe(network).registerAka().status).toBe(200);
}

describe('datagrams', () => {
  it.each(victims)('%s: SIP cut short anywhere', (victim) => {
    const network = startNetwork();
    const { target, send, answers } = attacker(network);
    for (const message of wellFormed(target(victim))) {
      for (let length = 0; length < message.length; length += 13) send(victim, message.slice(0, length));
    }
    network.run(10_000);
    // RFC 3261 16.3, 18.3: as long as Via, From, To, Call-ID and CSeq can be read there is an answer.
    expect(answers.some(({ status }) => status === 400)).toBe(true);
    expectUnharmed(network);
  });

  it.each(victims)('%s: one thing wrong, odd, or too much of it', (victim) => {
    const network = startNetwork();
    const { target, send } = attacker(network);
    for (const message of odd(target(victim))) send(victim, message);
    expectUnharmed(network);
  });

  it.each(victims)('%s: what exceeds the limits gets 513 (SIP-11)', (victim) => {
    const network = startNetwork();
    const { target, send, answers } = attacker(network);
    const { tooMuch, justNotTooMuch } = oversized(target(victim));
    for (const message of tooMuch) send(victim, message);
    network.run(1000);
    expect(answers.map(({ status }) => status)).toEqual([513, 513]);
    for (const message of justNotTooMuch) send(victim, message);
    expectUnharmed(network);
  });

  it.each(victims)('%s: thousands of garbage datagrams', (victim) => {
    const network = startNetwork();
    const { send, answers } = attacker(network);
    const { random } = network.simulation;
    for (let i = 0; i < 3000; i++) send(victim, random.bytes(1 + (random.uint32() % 1400)));
    network.run(10);
    const { serverTransactions, clientTransactions } = network.nodes.get(victim)!.counts;
    expect({ serverTransactions, clientTransactions, answers: answers.length }).toEqual({
      serverTransactions: 0,
      clientTransactions: 0,
      answers: 0,
    });
    expectUnharmed(network);
  });

  it.each(victims)('%s: messages with a few octets changed, during registrations and calls', (victim) => {
    const network = startNetwork({ seed: 11 });
    const { target, send } = attacker(network);
    const { random } = network.simulation;
    const [ue, other] = [new HandUe(network, 1), new HandUe(network, 2)];
    other.onRequest = (request) => {
      if (!request.isAck) request.reply(request.message.method === 'INVITE' ? 180 : 200);
    };
    expect(ue.registerAka().status).toBe(200);
    expect(other.registerAka().status).toBe(200);
    ue.invite('tel:+15550100002').awaitStatus(180);
    // Also what was really said, with its tokens, tags and branches.
    const said = network.wire.filter(({ to }) => to === victim).map(({ message }) => message.text);
    const bases = [...wellFormed(target(victim)), ...said];
    for (let i = 0; i < 1500; i++) {
      send(victim, mutated(bases[random.uint32() % bases.length]!, random));
      if (i % 50 === 0) network.run(20);
    }
    network.run(400_000);
    expect(ue.registerAka().status).toBe(200);
    for (const each of [ue, other]) each.deregister();
    network.run(4_000_000);
    expect(network.leftovers()).toEqual({});
  });

  it('a registered UE whose Contact could not stand in a Request-URI is called without harm', () => {
    const network = startNetwork();
    const [ue, other] = [new HandUe(network, 1), new HandUe(network, 2)];
    const contacts = [`<sip:${other.imsi}@${other.address}:5060?Subject=boom>`];
    expect(other.registerAka({ contacts }).status).toBe(200);
    other.onRequest = (request) => request.reply(486);
    expect(ue.registerAka().status).toBe(200);
    expect(ue.finalOf(ue.invite('tel:+15550100002').exchange).status).toBe(486);
  });

  it('forged answers of the HSS’s and other nodes’ addresses change nothing (SIP-46)', () => {
    const network = startNetwork();
    const { target, send } = attacker(network);
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    for (const message of wellFormed(target('pcscf1')).filter((text) => text.startsWith('SIP/2.0')))
      send('pcscf1', message);
    expect(ue.register({ authorization: ue.answer(challenged) }).status).toBe(200);
    expect(network.causes).toEqual([]);
  });
});

describe('SIP over TCP', () => {
  it.each(victims)('%s: a header of 64 KB and more ends the connection, 64,000 octets do not', (victim) => {
    const network = startNetwork();
    const { target } = attacker(network);
    const [register] = wellFormed(target(victim));
    const [short, long] = [64_000, 70_000].map((length) => {
      const stream = connect(network, victim);
      const line = `X-Long: ${'a'.repeat(length)}`;
      stream.connection.write(Buffer.from(register!.replace('Content-Length:', `${line}\r\nContent-Length:`)));
      return stream;
    });
    network.run(1000);
    expect([short!.isClosed, long!.isClosed]).toEqual([false, true]);
    expectUnharmed(network);
  });

  it.each(victims)('%s: a peer that never finishes a message is closed after 32 s (SIP-23)', (victim) => {
    const network = startNetwork();
    const { target } = attacker(network);
    const [register] = wellFormed(target(victim));
    const streams = [0, 1, 60, register!.length - 1].map((length) => {
      const stream = connect(network, victim);
      stream.connection.write(Buffer.from(register!.slice(0, length), 'latin1'));
      return stream;
    });
    const dripping = connect(network, victim);
    for (let i = 0; i < 60; i++) {
      dripping.connection.write(Buffer.from(`X-${i}: ${'y'.repeat(2000)}\r\n`));
      network.run(1000);
    }
    // The first has sent nothing: an idle connection may stay (SIP-25). What drips on is bounded by its size (SIP-11).
    expect(streams.slice(1).map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
    expect(dripping.isClosed).toBe(true);
    expectUnharmed(network);
  });

  it.each(victims)('%s: garbage, no Content-Length, a body that never comes, a hundred connections', (victim) => {
    const network = startNetwork();
    const { target } = attacker(network);
    const { random } = network.simulation;
    const [register] = wellFormed(target(victim));
    const withoutLength = register!.replace(/Content-Length: \d+\r\n/, '');
    const endless = register!.replace(/Content-Length: \d+/, 'Content-Length: 99999999');
    const streams = [withoutLength, endless, '\r\n'.repeat(5000), 'x'.repeat(200_000)].map((text) => {
      const stream = connect(network, victim);
      stream.connection.write(Buffer.from(text, 'latin1'));
      return stream;
    });
    for (let i = 0; i < 100; i++) connect(network, victim).connection.write(random.bytes(500));
    network.run(60_000);
    expect(streams[0]!.received.concat().toString()).toContain('400');
    expect([streams[0]!.isClosed, streams[1]!.isClosed, streams[3]!.isClosed]).toEqual([true, true, true]);
    expect(network.nodes.get(victim)!.counts.connections).toBeLessThan(20);
    expectUnharmed(network);
  });

  it('messages with a few octets changed, over one connection after the other', () => {
    const network = startNetwork({ seed: 3 });
    const { target } = attacker(network);
    const { random } = network.simulation;
    for (const victim of victims) {
      const bases = wellFormed(target(victim)).map((text) => text.replace('SIP/2.0/UDP', 'SIP/2.0/TCP'));
      for (let i = 0; i < 150; i++) {
        const { connection } = connect(network, victim);
        connection.write(mutated(bases.join(''), random));
        network.run(5);
        if (i % 3 === 0) connection.destroy();
      }
    }
    expectUnharmed(network);
  });
});

describe('Diameter', () => {
  it('the HSS: each octet string that is no Diameter ends its own connection and nothing else', () => {
    const network = startNetwork();
    const { random } = network.simulation;
    for (const [, octets] of hostileDiameter(random)) {
      connect(network, 'hss1', 3868).connection.write(octets);
      network.run(100);
    }
    const idle = connect(network, 'hss1', 3868);
    network.run(60_000);
    expect(idle.isClosed).toBe(true);
    expect(network.faults.some(({ node }) => node === 'hss1')).toBe(true);
    expectUnharmed(network);
  });

  it('the HSS: wrong versions and lengths are answered or cut off as RFC 6733 7 has it', () => {
    const network = startNetwork();
    const { random } = network.simulation;
    const outcome = new Map<string, Stream>();
    for (const [what, octets] of hostileDiameter(random)) {
      const stream = connect(network, 'hss1', 3868);
      stream.connection.write(octets);
      outcome.set(what, stream);
    }
    network.run(60_000);
    expect([...outcome].filter(([, { isClosed }]) => !isClosed).map(([what]) => what)).toEqual([]);
    // A CER that can be read is answered, with the E bit clear for 5xxx.
    const answer = Buffer.concat(outcome.get('an AVP shorter than its header')!.received);
    expect(answer.readUInt32BE(4) & 0xff_ffff).toBe(257);
    expect((answer[4]! & 0xa0) === 0).toBe(true);
  });

  it('an endless message: no more than the limit is ever kept, then the connection ends', () => {
    const network = startNetwork();
    const stream = connect(network, 'hss1', 3868);
    stream.connection.write(Buffer.from('01fffffc80000101000000000000000100000001', 'hex'));
    for (let i = 0; i < 100 && !stream.isClosed; i++) {
      stream.connection.write(Buffer.alloc(65_536));
      network.run(100);
    }
    expect(stream.isClosed).toBe(true);
    expectUnharmed(network);
  });

  it('a registration goes on while hundreds of strangers talk to the HSS', () => {
    const network = startNetwork();
    const { random } = network.simulation;
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    for (let i = 0; i < 300; i++) {
      const [, octets] = hostileDiameter(random)[i % 13]!;
      connect(network, 'hss1', 3868).connection.write(octets);
    }
    expect(ue.register({ authorization: ue.answer(challenged) }).status).toBe(200);
    expect(network.causes).toEqual([]);
    expect(ue.deregister().status).toBe(200);
    network.run(600_000);
    expect(network.leftovers()).toEqual({});
  });
});
