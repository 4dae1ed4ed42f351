/** An HSS in a process of its own, and CSCFs and UEs that register with it under load, for the test that kills it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { authenticationFunctions, checkAutn, UsimSqnWindow } from '../../src/aka/index.js';
import { CxClient, cx, DiameterEndpoint } from '../../src/diameter/index.js';
import { createRealEnvironment, type RealEnvironment } from '../../src/environment/real/index.js';
import type { Subscriber } from '../../src/ims/subscription/subscriber.js';
import { createMachineHost } from '../../src/machine/index.js';
import { home, subscriber } from './subscribers.js';

const loopback = '127.0.0.1';

export class HssProcess {
  readonly #child: ChildProcess;
  #output = '';
  readonly ended: Promise<void>;

  constructor(dist: string, address: string, port: number, killAt: number) {
    const script = join(__dirname, 'hss-child.mjs');
    this.#child = spawn(process.execPath, [script, dist, address, `${loopback} ${port}`, String(killAt)]);
    this.#child.stdout!.on('data', (text) => {
      this.#output += String(text);
    });
    this.#child.stderr!.on('data', (text) => {
      this.#output += String(text);
    });
    this.ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  async serving(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.stdout!.on('data', () => {
        if (this.#output.includes('serving')) resolve();
      });
      void this.ended.then(() => reject(new Error(`the HSS ended: ${this.#output}`)));
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** How many steps it has made. */
  async stop(): Promise<number> {
    this.#child.kill('SIGTERM');
    await this.ended;
    return Number(/steps (\d+)/.exec(this.#output)?.[1]);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, loopback, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

interface Cscf {
  readonly name: string;
  readonly client: CxClient;
  /** UEs whose SAA it has. */
  readonly serves: Set<Ue>;
}

export interface Figures {
  registrations: number;
  lostAnswers: number;
  /** Challenges that the card took to be old ones. */
  syncFailures: number;
  otherFailures: string[];
  /** UEs that two S-CSCFs serve, or that the HSS sent elsewhere although one serves them. */
  twoServers: string[];
}

/** A UE with its card. Each life of the HSS has other connections, the card is the same in all of them. */
export class Ue {
  readonly subscriber: Subscriber;
  readonly #card = new UsimSqnWindow();

  constructor(number: number) {
    this.subscriber = subscriber(number);
  }

  get publicIdentity(): string {
    return `tel:+1555${Number(this.subscriber.imsi.slice(5))}`;
  }

  take(rand: Buffer, autn: Buffer): string {
    const key = authenticationFunctions(this.subscriber.authentication.aka!.material);
    return checkAutn({ key, rand, autn, sqnState: this.#card }).outcome;
  }
}

/** The CSCFs, connected to one life of the HSS. */
export class Core {
  readonly #environment: RealEnvironment = createRealEnvironment();
  readonly #cscfs: readonly Cscf[];
  #isOver = false;

  private constructor(
    names: readonly string[],
    port: number,
    onOpen: () => void,
    private readonly serves: ReadonlyMap<string, Set<Ue>>,
    private readonly figures: Figures,
  ) {
    this.#cscfs = names.map((name) => {
      const environment = this.#environment.environmentFor(name);
      const endpoint = new DiameterEndpoint({
        environment,
        host: createMachineHost({ node: name, environment, mode: 'compiled' }),
        identity: {
          originHost: `${name}.${home}`,
          originRealm: home,
          addresses: [loopback],
          productName: 'test',
          vendorId: 0,
        },
        applications: [cx],
      });
      endpoint.onPeerStateChange((_, state) => {
        if (state === 'open') onOpen();
      });
      const address = { address: loopback, port };
      endpoint.connect({ name: 'hss1', from: { address: loopback, port: 0 }, address, expectedHost: `hss1.${home}` });
      const client = new CxClient(endpoint);
      const own = this.serves.get(name)!;
      client.serve({
        registrationTermination: ({ userName }, respond) => {
          for (const ue of own) if (ue.subscriber.privateIdentity === userName) own.delete(ue);
          respond({ kind: 'success', resultCode: 2001 });
        },
      });
      return { name: serverName(name), client, serves: own };
    });
  }

  static connect(port: number, serves: ReadonlyMap<string, Set<Ue>>, figures: Figures): Promise<Core> {
    const names = [...serves.keys()];
    return new Promise((resolve) => {
      let open = 0;
      const core: Core = new Core(
        names,
        port,
        () => {
          if (++open === names.length) resolve(core);
        },
        serves,
        figures,
      );
    });
  }

  /** The HSS is dead: what is asked now is lost. */
  over(): void {
    this.#isOver = true;
  }

  close(): Promise<void> {
    return this.#environment.close();
  }

  /** False where the HSS died meanwhile. `preferred`: which S-CSCF the I-CSCF takes where it is free to. */
  async register(ue: Ue, preferred: number): Promise<boolean> {
    const first = await this.#locate(ue, preferred);
    if (first === undefined) return false;
    if (!(await this.#authenticate(ue, first))) return false;
    // The REGISTER with the response: the HSS knows since MAR who has challenged.
    const second = await this.#locate(ue, preferred + 1);
    if (second === undefined) return false;
    if (second !== first)
      this.figures.twoServers.push(`${ue.subscriber.imsi}: challenged by ${first.name}, sent to ${second.name}`);
    return this.#assign(ue, second, 'REGISTRATION');
  }

  async deregister(ue: Ue): Promise<boolean> {
    const server = this.#servers(ue)[0];
    if (server === undefined) return true;
    // Until the answer is there, nobody knows.
    server.serves.delete(ue);
    return this.#assign(ue, server, 'USER_DEREGISTRATION');
  }

  #servers(ue: Ue): readonly Cscf[] {
    return this.#cscfs.filter(({ serves }) => serves.has(ue));
  }

  async #locate(ue: Ue, preferred: number): Promise<Cscf | undefined> {
    const icscf = this.#cscfs[0]!.client;
    const { privateIdentity: userName } = ue.subscriber;
    const answer = await this.#answer<{ kind: string; serverName?: string }>((done) =>
      icscf.userAuthorization({ userName, publicIdentity: ue.publicIdentity, visitedNetworkIdentifier: home }, done),
    );
    if (answer === undefined) return undefined;
    if (answer.kind !== 'experimental' && answer.kind !== 'success') return this.#failed(ue, 'UAA', answer);
    const [serving] = this.#servers(ue);
    if (serving !== undefined && answer.serverName !== serving.name) {
      this.figures.twoServers.push(`${ue.subscriber.imsi}: served by ${serving.name}, UAA has ${answer.serverName}`);
    }
    return answer.serverName === undefined
      ? this.#cscfs[preferred % this.#cscfs.length]!
      : this.#cscfs.find(({ name }) => name === answer.serverName)!;
  }

  async #authenticate(ue: Ue, server: Cscf): Promise<boolean> {
    const answer = await this.#answer<{ kind: string; sipAuthDataItems?: readonly { sipAuthenticate?: Buffer }[] }>(
      (done) =>
        server.client.multimediaAuth(
          {
            userName: ue.subscriber.privateIdentity,
            publicIdentity: ue.publicIdentity,
            sipNumberAuthItems: 1,
            sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5' },
            serverName: server.name,
          },
          done,
        ),
    );
    if (answer === undefined) return false;
    const challenge = answer.sipAuthDataItems?.[0]?.sipAuthenticate;
    if (challenge === undefined) return this.#failed(ue, 'MAA', answer) ?? false;
    const outcome = ue.take(challenge.subarray(0, 16), challenge.subarray(16));
    if (outcome === 'syncFailure') this.figures.syncFailures++;
    else if (outcome !== 'ok') this.figures.otherFailures.push(`${ue.subscriber.imsi}: ${outcome}`);
    return outcome === 'ok';
  }

  async #assign(ue: Ue, server: Cscf, type: 'REGISTRATION' | 'USER_DEREGISTRATION'): Promise<boolean> {
    const answer = await this.#answer<{ kind: string }>((done) =>
      server.client.serverAssignment(
        {
          userName: ue.subscriber.privateIdentity,
          publicIdentities: [ue.publicIdentity],
          serverName: server.name,
          serverAssignmentType: type,
          userDataAlreadyAvailable: false,
        },
        done,
      ),
    );
    if (answer === undefined) return false;
    // De-registered by the life before, whose answer was lost.
    if (answer.kind !== 'success') return type === 'REGISTRATION' ? (this.#failed(ue, 'SAA', answer) ?? false) : true;
    if (type === 'REGISTRATION') {
      server.serves.add(ue);
      this.figures.registrations++;
      const servers = this.#servers(ue);
      if (servers.length > 1) this.figures.twoServers.push(`${ue.subscriber.imsi}: ${servers.map(({ name }) => name)}`);
    }
    return true;
  }

  /** Undefined where the HSS died before it answered. */
  #answer<T extends { kind: string }>(ask: (done: (answer: T) => void) => void): Promise<T | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      ask((answer) => {
        const isLost = answer.kind !== 'success' && answer.kind !== 'experimental' && this.#isOver;
        if (isLost || answer.kind === 'timeout' || answer.kind === 'unreachable') {
          this.figures.lostAnswers++;
          resolve(undefined);
        } else resolve(answer);
      });
    });
  }

  #failed(ue: Ue, what: string, answer: object): undefined {
    this.figures.otherFailures.push(`${ue.subscriber.imsi}: ${what} ${JSON.stringify(answer)}`);
    return undefined;
  }
}

export function serverName(node: string): string {
  return `sip:${node}.${home}`;
}
