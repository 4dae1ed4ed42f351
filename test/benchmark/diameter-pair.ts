/**
 * UAR and UAA over TCP on loopback, both ends in this process: Cx facades, codec, routing, duplicate detection, sockets. CPU
 * time of user and system of all threads. The control is octets of the same lengths over the same kind of connection,
 * with nothing done to them, as many under way.
 */
import {
  type CompiledApplication,
  CxClient,
  CxServer,
  cx,
  DiameterEndpoint,
  encodeAnswer,
  encodeRequest,
} from '../../src/diameter/index.js';
import type { Environment, StreamConnection } from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import { cpuMicros } from './datagram.js';
import { medianOf } from './median.js';

const pairs = 20_000;
const rounds = 7;
const realm = 'ims.mnc001.mcc001.3gppnetwork.org';
const address = '127.0.0.1';

export interface DiameterPairRow {
  readonly name: string;
  /** Of a request and its answer, µs of CPU. */
  readonly micros: number;
  readonly controlMicros: number;
}

const user = {
  userName: `001010000000001@${realm}`,
  publicIdentity: `sip:+15550100001@${realm}`,
  visitedNetworkIdentifier: realm,
} as const;

/** `underWay`: requests that wait for their answers at any time. */
export async function diameterPairBenchmarks(): Promise<readonly DiameterPairRow[]> {
  const rows: DiameterPairRow[] = [];
  for (const underWay of [64, 1]) {
    const exchange = await openExchange();
    const echo = await openEcho();
    const micros: number[] = [];
    const controlMicros: number[] = [];
    await exchange.run(pairs, underWay);
    await echo.run(pairs, underWay);
    for (let round = 0; round < rounds; round++) {
      micros.push((await cpuMicros(() => exchange.run(pairs, underWay))) / pairs);
      controlMicros.push((await cpuMicros(() => echo.run(pairs, underWay))) / pairs);
    }
    await exchange.close();
    await echo.close();
    const name = `UAR and UAA over TCP, both ends, ${underWay} under way`;
    rows.push({ name, micros: medianOf(micros), controlMicros: medianOf(controlMicros) });
  }
  return rows;
}

interface Workload {
  run(count: number, underWay: number): Promise<void>;
  close(): Promise<void>;
}

/** Asks `count` times, so many at a time; `ask` calls back with the answer. */
function inTurn(count: number, underWay: number, ask: (onAnswer: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = 0;
    let answered = 0;
    const onAnswer = (): void => {
      answered++;
      if (answered === count) resolve();
      else if (asked < count) askOne();
    };
    const askOne = (): void => {
      asked++;
      ask(onAnswer);
    };
    for (let i = 0; i < underWay; i++) askOne();
  });
}

async function openExchange(): Promise<Workload> {
  const environment = createRealEnvironment();
  const hss = endpoint(environment.environmentFor('hss1'), 'hss1');
  const icscf = endpoint(environment.environmentFor('icscf1'), 'icscf1');
  const answer = { kind: 'experimental', experimentalResultCode: 2001, serverName: `sip:scscf1.${realm}` } as const;
  new CxServer(hss, { userAuthorization: (_, respond) => respond(answer) });
  await new Promise<void>((resolve) => {
    icscf.onPeerStateChange((_, state) => {
      if (state === 'open') resolve();
    });
    hss.listen(
      { address, port: 0 },
      {
        onListening: (local) =>
          icscf.connect({ name: 'hss1', from: { address, port: 0 }, address: local, expectedHost: `hss1.${realm}` }),
      },
    );
  });
  const client = new CxClient(icscf);
  const ask = (onAnswer: () => void): void =>
    client.userAuthorization(user, (answer) => {
      if (answer.kind !== 'experimental') throw new Error(`the benchmark's request ended in ${answer.kind}`);
      onAnswer();
    });
  return {
    run: (count, underWay) => inTurn(count, underWay, ask),
    close: async () => {
      await Promise.all([hss, icscf].map((one) => new Promise<void>((resolve) => one.shutdown(resolve))));
      await environment.close();
    },
  };
}

function endpoint(environment: Environment, name: string): DiameterEndpoint {
  return new DiameterEndpoint({
    environment,
    host: createMachineHost({ node: name, environment, mode: 'compiled' }),
    identity: {
      originHost: `${name}.${realm}`,
      originRealm: realm,
      addresses: [address],
      productName: 'imslab',
      vendorId: 0,
    },
    applications: [cx as unknown as CompiledApplication],
  });
}

const head = {
  'Session-Id': `icscf1.${realm};1767225600;4711`,
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': cx.id },
  'Auth-Session-State': 1,
  'Origin-Realm': realm,
} as const;

/** One side writes what has the length of a UAR, the other what has the length of a UAA. */
async function openEcho(): Promise<Workload> {
  const ids = { hopByHop: 1, endToEnd: 2 };
  const request = encodeRequest(cx.commands['User-Authorization'], ids, {
    ...head,
    'Origin-Host': `icscf1.${realm}`,
    'Destination-Realm': realm,
    'User-Name': user.userName,
    'Public-Identity': user.publicIdentity,
    'Visited-Network-Identifier': Buffer.from(realm),
  });
  const answer = encodeAnswer(cx.commands['User-Authorization'], ids, {
    ...head,
    'Origin-Host': `hss1.${realm}`,
    'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 2001 },
    'Server-Name': `sip:scscf1.${realm}`,
  });
  const environment = createRealEnvironment();
  const waiting: (() => void)[] = [];
  const client = await new Promise<StreamConnection>((resolve) => {
    const listener = environment.network.listenStream(
      { address, port: 0 },
      {
        onConnection: (connection) => {
          const count = wholeMessages(request.length);
          return {
            onOpen: () => {},
            onData: (bytes) => {
              for (let left = count(bytes.length); left > 0; left--) connection.write(answer);
            },
            onClose: () => listener.close(),
          };
        },
        onListening: (local) => {
          const count = wholeMessages(answer.length);
          const connection = environment.network.connectStream({ address, port: 0 }, local, {
            onOpen: () => resolve(connection),
            onData: (bytes) => {
              for (let left = count(bytes.length); left > 0; left--) waiting.shift()!();
            },
            onClose: () => {},
          });
        },
        onError: (code) => {
          throw new Error(code);
        },
      },
    );
  });
  const ask = (onAnswer: () => void): void => {
    waiting.push(onAnswer);
    client.write(request);
  };
  return {
    run: (count, underWay) => inTurn(count, underWay, ask),
    close: async () => {
      client.close();
      await environment.close();
    },
  };
}

function wholeMessages(length: number): (octets: number) => number {
  let rest = 0;
  return (octets) => {
    rest += octets;
    const whole = Math.floor(rest / length);
    rest -= whole * length;
    return whole;
  };
}
