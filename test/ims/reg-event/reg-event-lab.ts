/** Watchers against an S-CSCF that is nothing but its notifier, over the simulated network. */
import type { NoteRecord } from '../../../src/environment/index.js';
import {
  type ContactElement,
  type RegInfo,
  type RegistrationElement,
  RegistrationNotifier,
  RegistrationSubscriptions,
  type RegistrationWatcher,
  RegistrationWatchers,
  type WatcherOptions,
} from '../../../src/ims/reg-event/index.js';
import type { HostMode } from '../../../src/machine/index.js';
import { hostPort, type ServerRequest } from '../../../src/sip/index.js';
import { Lab, type Party, type WireMessage } from '../../sip/lab.js';

export const aor = 'sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org';

export function contact(id: string, parts: Partial<ContactElement> = {}): ContactElement {
  return {
    id,
    uri: `sip:${id}@10.46.0.2:40002`,
    state: 'active',
    event: 'registered',
    expires: 3600,
    unknownParams: [],
    ...parts,
  };
}

export function registration(id: string, parts: Partial<RegistrationElement> = {}): RegistrationElement {
  return { aor, id, state: 'active', contacts: [contact('c1')], ...parts };
}

/** The notifier's node, which may start anew and then knows nothing of before. */
export class Notifying {
  readonly party: Party;
  subscriptions!: RegistrationSubscriptions;
  notifier!: RegistrationNotifier;
  registrations: readonly RegistrationElement[] = [registration('a1')];
  expiresMax = 600_000;
  /** Answers instead; false: it did not. */
  intercept: (request: ServerRequest) => boolean = () => false;

  /** The node of the network that the next SUBSCRIBE comes from; undefined: it comes from the user. */
  watchingNode: string | undefined;

  constructor(lab: Lab, address: string, mode: HostMode = 'compiled') {
    this.party = lab.party('scscf1', address, { mode, onRequest: (request) => this.#receive(request) });
    this.restart(lab);
  }

  restart(lab: Lab): void {
    const { name, endpoint: sip, host, udp } = this.party;
    (this.subscriptions as RegistrationSubscriptions | undefined)?.close();
    const environment = lab.simulation.environmentFor(name);
    const { address, port } = udp.endpoint;
    this.subscriptions = new RegistrationSubscriptions(
      { name, sip, host, environment },
      { contact: `<sip:${hostPort(address, port)}>`, headers: () => [] },
    );
    this.notifier = new RegistrationNotifier(this.subscriptions, { snapshot: () => this.registrations });
  }

  #receive(request: ServerRequest): void {
    if (this.intercept(request)) return;
    if (request.message.method !== 'SUBSCRIBE') request.reply(405);
    else if (request.message.toTag === undefined) this.notifier.subscribe(request, this.expiresMax, this.watchingNode);
    else if (!this.subscriptions.receive(request, this.expiresMax)) request.reply(481);
  }
}

/** A node with one watcher. */
export class Watching {
  readonly party: Party;
  readonly infos: RegInfo[] = [];
  readonly ends: (string | undefined)[] = [];
  readonly notes: Pick<NoteRecord, 'what' | 'text'>[] = [];
  readonly watchers: RegistrationWatchers;
  /** The one made last. */
  watcher: RegistrationWatcher | undefined;
  intercept: (request: ServerRequest) => boolean = () => false;

  constructor(
    lab: Lab,
    name: string,
    address: string,
    private readonly to: string,
    mode: HostMode = 'compiled',
  ) {
    this.party = lab.party(name, address, {
      mode,
      onRequest: (request) => {
        if (this.intercept(request)) return;
        this.watchers.receive(request);
      },
    });
    const { endpoint: sip, host } = this.party;
    const environment = lab.simulation.environmentFor(name);
    this.watchers = new RegistrationWatchers({ name, sip, host, environment });
  }

  watch(parts: Partial<WatcherOptions> = {}): RegistrationWatcher {
    const { name, udp } = this.party;
    this.watcher = this.watchers.watch({
      aor,
      from: `sip:${name}@example.org`,
      contact: `<sip:${hostPort(udp.endpoint.address, 5060)}>`,
      route: [`<sip:${hostPort(this.to)}:5060;lr>`],
      expires: 600_000,
      headers: () => [],
      onChange: (_, info) => this.infos.push(info),
      onEnd: (reason) => this.ends.push(reason),
      explain: (what, text) => this.notes.push({ what, text }),
      ...parts,
    });
    return this.watcher;
  }
}

export interface Pair {
  readonly lab: Lab;
  readonly scscf: Notifying;
  readonly ue: Watching;
  /** What went from one of the two, `200 SUBSCRIBE`. */
  sent(summary: string): readonly WireMessage[];
}

export function pair({ seed = 1, ipv6 = false, mode = 'compiled' as HostMode } = {}): Pair {
  const lab = new Lab(seed);
  const [near, far] = ipv6 ? ['2001:db8::3', '2001:db8::11'] : ['10.0.0.3', '10.0.0.11'];
  const scscf = new Notifying(lab, near, mode);
  const ue = new Watching(lab, 'ue1', far, near, mode);
  return { lab, scscf, ue, sent: (summary) => lab.sent(summary) };
}
