/** The same attacks as in the simulated network, on real loopback sockets: the lab lives, and a UE registers. */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { computeOpc } from '../../src/aka/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createHss, MemoryStore } from '../../src/ims/hss/index.js';
import { createIcscf } from '../../src/ims/icscf/index.js';
import { createPcscf } from '../../src/ims/pcscf/index.js';
import { createScscf } from '../../src/ims/scscf/index.js';
import { createUe, type RegistrationOutcome } from '../../src/ims/ue/index.js';
import type { FunctionNode } from '../../src/node/index.js';
import type { ListenPoint, Resolver } from '../../src/sip/index.js';
import { hostileDiameter, mutated, odd, oversized, type Target, wellFormed } from '../ims/hostile-messages.js';
import { authentication, homeDomain, imsiOf, key, subscriber } from '../ims/network.js';
import { usualUe } from '../ims/ue/usual-ue.js';

const address = { pcscf1: '127.0.77.1', icscf1: '127.0.77.2', scscf1: '127.0.77.3', hss1: '127.0.77.4' } as const;
const attackerAddress = '127.0.77.9';
const ueAddress = '127.0.77.11';
type Name = keyof typeof address;
const victims = ['pcscf1', 'icscf1', 'scscf1'] as const;

const environment = createRealEnvironment();
const nodes = new Map<Name, FunctionNode>();
const sockets: Socket[] = [];

const pause = (forMs: number): Promise<void> =>
  new Promise((resolve) => {
    environment.clock.setTimer(forMs, resolve);
  });

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++) await pause(5);
  expect(condition()).toBe(true);
}

function startNodes(): void {
  const listen = (node: Name): ListenPoint[] => [
    { protocol: 'udp', address: address[node], port: 5060 },
    { protocol: 'tcp', address: address[node], port: 5060 },
  ];
  const resolve: Resolver = (host, port = 5060) => {
    const named = host === homeDomain ? address.icscf1 : address[host.split('.')[0] as Name];
    const numeric = named ?? (/^[\d.]+$/.test(host) ? host : undefined);
    return numeric === undefined ? [] : [{ protocol: 'udp', endpoint: { address: numeric, port } }];
  };
  const diameter = (node: Name, peers: readonly Name[]) => ({
    originHost: `${node}.${homeDomain}`,
    originRealm: homeDomain,
    local: { address: address[node], port: 0 },
    peers: peers.map((name) => ({
      name,
      originHost: `${name}.${homeDomain}`,
      address: { address: address[name], port: 3868 },
    })),
    timers: { reconnectMs: 1000, watchdogMs: 30_000, answerMs: 5000 },
  });
  const at = (name: Name) => ({ name, environment: environment.environmentFor(name), hostMode: 'compiled' as const });
  const common = (name: Name) => ({ listen: listen(name), resolve, homeDomain, datagramSizeMax: 1300 });
  const serverName = `sip:scscf1.${homeDomain}:5060`;
  const registration = {
    expiresMin: 60,
    expiresMax: 600_000,
    expiresDefault: 3600,
    awaitAuthMs: 240_000,
    contactsMax: 4,
  };
  nodes.set(
    'hss1',
    createHss(at('hss1'), {
      listen: [{ address: address.hss1, port: 3868 }],
      diameter: diameter('hss1', []),
      store: new MemoryStore([subscriber(1)]),
    }),
  );
  nodes.set(
    'scscf1',
    createScscf(at('scscf1'), {
      ...common('scscf1'),
      serverName,
      diameter: diameter('scscf1', ['hss1']),
      registration,
      authentication,
    }),
  );
  nodes.set(
    'icscf1',
    createIcscf(at('icscf1'), {
      ...common('icscf1'),
      diameter: diameter('icscf1', ['hss1']),
      servingCandidates: [{ serverName, capabilities: [] }],
    }),
  );
  nodes.set('pcscf1', createPcscf(at('pcscf1'), { ...common('pcscf1'), networkIdentifier: homeDomain }));
  for (const node of nodes.values()) node.start(() => {});
}

beforeAll(async () => {
  startNodes();
  await until(() => [...nodes.values()].every(({ state }) => state === 'serving'));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const node of nodes.values()) node.stop();
  await until(() => [...nodes.values()].every(({ state }) => state === 'stopped'));
  await environment.close();
});

const target = (victim: Name): Target => ({
  host: address[victim],
  domain: homeDomain,
  sentBy: `${attackerAddress}:5099`,
});

const random = {
  uint32: () => environment.environmentFor('attacker').random.uint32(),
  bytes: (length: number) => environment.environmentFor('attacker').random.bytes(length),
};

/**
 * Sends datagrams one after the other, from a port of its own, and returns what came back (`rport`): for `answer`, a status,
 * it waits.
 */
async function shower(
  victim: Name,
  datagrams: readonly (Buffer | string)[],
  answer?: number,
): Promise<readonly string[]> {
  const answers: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => answers.push(bytes.toString('latin1')));
  await new Promise<void>((resolve) => socket.bind(0, attackerAddress, resolve));
  for (const [index, datagram] of datagrams.entries()) {
    const octets = typeof datagram === 'string' ? Buffer.from(datagram, 'latin1') : datagram;
    await new Promise<void>((resolve) => socket.send(octets, 5060, address[victim], () => resolve()));
    if (index % 50 === 0) await pause(5);
  }
  if (answer !== undefined) await until(() => answers.some((text) => text.startsWith(`SIP/2.0 ${answer} `)));
  else await pause(100);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return answers;
}

function dial(victim: Name, port: number, octets: Buffer | string): Socket {
  const socket = connect({ host: address[victim], port, localAddress: attackerAddress });
  socket.on('error', () => {});
  // Read and dropped, so that its end is seen.
  socket.resume();
  socket.write(octets);
  sockets.push(socket);
  return socket;
}

/** Every node still serves, and a registration with its de-registration goes through. */
async function expectAlive(): Promise<void> {
  expect([...nodes.values()].map(({ state }) => state)).toEqual(['serving', 'serving', 'serving', 'serving']);
  const ue = createUe(
    { name: 'ue1', environment: environment.environmentFor('ue1'), hostMode: 'compiled' },
    {
      listen: [{ protocol: 'udp', address: ueAddress, port: 5060 }],
      proxy: [{ protocol: 'udp', endpoint: { address: address.pcscf1, port: 5060 } }],
      homeDomain,
      privateIdentity: `${imsiOf(1)}@${homeDomain}`,
      publicIdentity: `sip:${imsiOf(1)}@${homeDomain}`,
      instanceId: 'urn:gsma:imei:35622410-000001-0',
      sim: { material: { algorithm: 'milenage', k: key.k, opc: computeOpc(key.k, key.op) }, sqn: 0n, delta: 1n << 28n },
      ...usualUe,
      registration: { ...usualUe.registration, expires: 3600 },
      call: {
        answer: 'accept',
        ringMs: 0,
        bearerMs: 0,
        reliableRinging: false,
        codecs: ['AMR-WB'],
        rtp: { address: ueAddress, port: 40_000 },
      },
      accessNetworkInfo: '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101',
      datagramSizeMax: 1300,
    },
  );
  ue.start(() => {});
  await until(() => ue.state === 'serving');
  const outcomes: RegistrationOutcome[] = [];
  ue.register((outcome) => outcomes.push(outcome));
  await until(() => outcomes.length === 1);
  ue.deregister((outcome) => outcomes.push(outcome));
  await until(() => outcomes.length === 2);
  expect(outcomes.map(({ success, reason }) => (success ? 'ok' : reason))).toEqual(['ok', 'ok']);
  ue.stop();
  await until(() => ue.state === 'stopped');
}

describe('real sockets', () => {
  it('before any attack a UE registers', expectAlive);

  it.each(victims)('%s: SIP cut short, odd and oversized', async (victim) => {
    const messages = wellFormed(target(victim));
    const cut = messages.flatMap((text) => [0.1, 0.4, 0.7, 0.95].map((part) => text.slice(0, text.length * part)));
    const { tooMuch, justNotTooMuch } = oversized(target(victim));
    await shower(victim, cut, 400);
    await shower(victim, tooMuch, 513);
    await shower(victim, [...odd(target(victim)), ...justNotTooMuch]);
    await expectAlive();
  });

  it.each(victims)('%s: thousands of garbage datagrams leave nothing behind', async (victim) => {
    const before = nodes.get(victim)!.instanceCount;
    const garbage = Array.from({ length: 3000 }, () => random.bytes(1 + (random.uint32() % 1400)));
    expect(await shower(victim, garbage)).toEqual([]);
    expect(nodes.get(victim)!.instanceCount).toBeLessThanOrEqual(before);
    await expectAlive();
  });

  it('messages with a few octets changed', async () => {
    for (const victim of victims) {
      const messages = wellFormed(target(victim));
      const changed = Array.from({ length: 500 }, () => mutated(messages[random.uint32() % messages.length]!, random));
      await shower(victim, changed);
    }
    await expectAlive();
  });

  it('SIP over TCP: garbage and too much end their connections, half messages keep only their own', async () => {
    for (const victim of victims) {
      const [register] = wellFormed(target(victim));
      const half = Array.from({ length: 20 }, () => dial(victim, 5060, register!.slice(0, 80)));
      const bad = [
        dial(victim, 5060, register!.replace(/Content-Length: \d+\r\n/, '')),
        dial(victim, 5060, register!.replace(/Content-Length: \d+/, 'Content-Length: 99999999')),
        dial(victim, 5060, register!.replace('Content-Length:', `X-Long: ${'a'.repeat(70_000)}\r\nContent-Length:`)),
        dial(victim, 5060, 'x'.repeat(200_000)),
      ];
      await until(() => bad.every(({ closed }) => closed));
      const { connections = 0 } = nodes.get(victim)!.counts;
      expect(connections).toBeLessThanOrEqual(half.length + 10);
      for (const socket of half) socket.destroy();
      await until(() => (nodes.get(victim)!.counts.connections ?? 0) < 20);
    }
    await expectAlive();
  });

  it('Diameter: whatever the HSS is sent, its peers stay connected', async () => {
    const dialled = hostileDiameter(random).map(([, octets]) => dial('hss1', 3868, octets));
    const endless = dial('hss1', 3868, Buffer.from('01fffffc80000101000000000000000100000001', 'hex'));
    for (let i = 0; i < 40 && !endless.closed; i++) {
      endless.write(Buffer.alloc(65_536));
      await pause(2);
    }
    await until(() => endless.closed);
    await expectAlive();
    // Those that said nothing that can be wrong yet wait for their time limit, and go with the test.
    expect(dialled.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(4);
    for (const socket of dialled) socket.destroy();
  });
});
