/**
 * What requests cost an HSS that is alone in its process and measured by itself, the client in this one, over TCP. How many UARs a
 * second one core of it accepts, offered at a rate that does not wait for answers, and as fast as they come; and MARs where each SQN
 * is in LMDB before the vector leaves (AKA-24).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledApplication, CxClient, cx, DiameterEndpoint } from '../../src/diameter/index.js';
import { createRealEnvironment, type RealEnvironment } from '../../src/environment/real/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import { home, imsiOf } from './subscriber-lines.js';

const listen = { address: '127.0.0.1', port: 38_680 } as const;
const subscriberCount = 10_000;
const offered = { perSecond: 10_000, seconds: 5, warmUpSeconds: 2 } as const;
/** Of one connection; a node that stands still for some tenths of a second would offer more at once. */
const underWayMax = 4_000;
const saturated = { underWay: 512, count: 200_000 } as const;
/** The first ones of all subscribers find them in the store, as after a start. */
const durable = { underWay: 200, warmUpCount: 2 * subscriberCount, count: 50_000 } as const;

export interface DiameterRateRow {
  readonly name: string;
  readonly asked: number;
  /** Without an answer, or with another one than expected. */
  readonly lost: number;
  readonly perSecond: number;
  /** CPU time of the server for a request, µs. */
  readonly micros: number;
  readonly latencyMs: { readonly median: number; readonly p99: number };
}

export function diameterRateBenchmarks(): Promise<readonly DiameterRateRow[]> {
  return withServer([], askAuthorization, async (server, asking) => {
    const { perSecond, seconds, warmUpSeconds } = offered;
    await asking.atRate(perSecond, warmUpSeconds);
    return [
      await row(`offered at ${perSecond}/s for ${seconds} s`, server, asking, () => asking.atRate(perSecond, seconds)),
      await row(`${saturated.underWay} under way at any time`, server, asking, () =>
        asking.inTurn(saturated.count, saturated.underWay),
      ),
    ];
  });
}

export async function durableVectorBenchmark(): Promise<DiameterRateRow> {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-bench-'));
  try {
    return await withServer([`lmdb:${join(folder, 'store')}`], askVector, async (server, asking) => {
      const { underWay, warmUpCount, count } = durable;
      await asking.inTurn(warmUpCount, underWay);
      return row(`LMDB, ${underWay} under way`, server, asking, () => asking.inTurn(count, underWay));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withServer<T>(
  store: readonly string[],
  ask: Ask,
  work: (server: ChildProcess, asking: Asking) => Promise<T>,
): Promise<T> {
  const server = fork(new URL('diameter-server.js', import.meta.url), [
    listen.address,
    String(listen.port),
    String(subscriberCount),
    ...store,
  ]);
  const hasEnded = new Promise((resolve) => server.once('exit', resolve));
  try {
    await until(server, ({ state }) => state === 'serving');
    const environment = createRealEnvironment();
    const client = await connected(environment);
    const result = await work(server, new Asking(client, environment, ask));
    await new Promise<void>((resolve) => client.shutdown(resolve));
    await environment.close();
    return result;
  } finally {
    server.disconnect();
    await hasEnded;
  }
}

/** Says whether the answer is the expected one. */
type Ask = (client: CxClient, imsi: string, answered: (isExpected: boolean) => void) => void;

const askAuthorization: Ask = (client, imsi, answered) => {
  const user = { userName: `${imsi}@${home}`, publicIdentity: `sip:${imsi}@${home}`, visitedNetworkIdentifier: home };
  // DIAMETER_FIRST_REGISTRATION (TS 29.229 6.2.1.1)
  client.userAuthorization(user, (answer) =>
    answered(answer.kind === 'experimental' && answer.experimentalResultCode === 2001),
  );
};

const askVector: Ask = (client, imsi, answered) => {
  client.multimediaAuth(
    {
      userName: `${imsi}@${home}`,
      publicIdentity: `sip:${imsi}@${home}`,
      sipNumberAuthItems: 1,
      sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5' },
      serverName: `sip:scscf1.${home}`,
    },
    (answer) => answered(answer.kind === 'success'),
  );
};

interface Said {
  readonly state?: string;
  readonly micros?: number;
}

function until(server: ChildProcess, isIt: (said: Said) => boolean): Promise<Said> {
  return new Promise((resolve, reject) => {
    const onMessage = (said: Said): void => {
      if (!isIt(said)) return;
      server.off('message', onMessage);
      resolve(said);
    };
    server.on('message', onMessage);
    server.once('exit', (code) => reject(new Error(`the server has ended (${code})`)));
  });
}

async function cpuOf(server: ChildProcess): Promise<number> {
  const said = until(server, ({ micros }) => micros !== undefined);
  server.send('cpu');
  return (await said).micros!;
}

async function row(
  name: string,
  server: ChildProcess,
  asking: Asking,
  work: () => Promise<void>,
): Promise<DiameterRateRow> {
  asking.begin();
  const before = await cpuOf(server);
  const began = process.hrtime.bigint();
  await work();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const micros = (await cpuOf(server)) - before;
  const { asked, lost, latencies } = asking;
  const sorted = latencies.sort((one, other) => one - other);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return {
    name,
    asked,
    lost,
    perSecond: (asked - lost) / seconds,
    micros: micros / asked,
    latencyMs: { median: at(0.5), p99: at(0.99) },
  };
}

/** Asks for one subscriber after the other. */
class Asking {
  asked = 0;
  lost = 0;
  latencies: number[] = [];
  readonly #cx: CxClient;
  #next = 0;

  constructor(
    client: DiameterEndpoint,
    private readonly environment: RealEnvironment,
    private readonly ask: Ask,
  ) {
    this.#cx = new CxClient(client);
  }

  begin(): void {
    this.asked = 0;
    this.lost = 0;
    this.latencies = [];
  }

  /** So many a second, whether answers come or not; resolves when all have come or have failed. */
  atRate(perSecond: number, seconds: number): Promise<void> {
    const { clock } = this.environment;
    const count = perSecond * seconds;
    return new Promise((resolve) => {
      let begun = 0;
      let ended = 0;
      const start = process.hrtime.bigint();
      const tick = (): void => {
        const due = Math.min(count, (Number(process.hrtime.bigint() - start) / 1e9) * perSecond);
        // Where this process gets no time, what has become due meanwhile goes out with as many under way as fit a connection.
        while (begun < due && begun - ended < underWayMax) {
          begun++;
          this.#ask(() => {
            if (++ended === count) resolve();
          });
        }
        if (begun < count) clock.setTimer(1, tick);
      };
      tick();
    });
  }

  inTurn(count: number, underWay: number): Promise<void> {
    return new Promise((resolve) => {
      let begun = 0;
      let ended = 0;
      const next = (): void => {
        begun++;
        this.#ask(() => {
          if (++ended === count) resolve();
          else if (begun < count) next();
        });
      };
      for (let at = 0; at < underWay; at++) next();
    });
  }

  #ask(onEnd: () => void): void {
    const imsi = imsiOf(this.#next++ % subscriberCount);
    const began = process.hrtime.bigint();
    this.asked++;
    this.ask(this.#cx, imsi, (isExpected) => {
      if (isExpected) this.latencies.push(Number(process.hrtime.bigint() - began) / 1e6);
      else this.lost++;
      onEnd();
    });
  }
}

async function connected(environment: RealEnvironment): Promise<DiameterEndpoint> {
  const own = environment.environmentFor('icscf1');
  const client = new DiameterEndpoint({
    environment: own,
    host: createMachineHost({ node: 'icscf1', environment: own, mode: 'compiled' }),
    identity: {
      originHost: `icscf1.${home}`,
      originRealm: home,
      addresses: [listen.address],
      productName: 'imslab',
      vendorId: 0,
    },
    applications: [cx as unknown as CompiledApplication],
  });
  await new Promise<void>((resolve) => {
    client.onPeerStateChange((_, state) => {
      if (state === 'open') resolve();
    });
    const from = { address: listen.address, port: 0 };
    client.connect({ name: 'hss1', from, address: listen, expectedHost: `hss1.${home}` });
  });
  return client;
}
