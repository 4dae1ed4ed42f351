/** Follows what redirect agents say (RFC 6733 6.1.8, 6.12 to 6.14). */
import type { EffectsOf, Instance } from '../../machine/index.js';
import { type DiameterUri, formatDiameterUri, parseDiameterUri } from './diameter-uri.js';
import { type LocalNode, sameHost } from './local-node.js';
import type { Peer } from './peer.js';
import type { PeerTable } from './peer-table.js';
import type { PendingRequest } from './pending-request.js';
import { RedirectCache } from './redirect-cache.js';
import { redirectionMachine } from './redirection.machine.js';
import type { RequestSender } from './request-sender.js';
import { readRouting, textAvps, unsignedAvp } from './routing-avps.js';

const codes = { usage: 261, maxCacheTime: 262, redirectHost: 292 } as const;

/** Agents that send a request from one to the other would do so for ever. */
const redirectsMax = 3;
/** One after the other is tried, for as long as somebody waits for the answer. */
const hostsMax = 8;

type Sender = Pick<RequestSender, 'sendAgain' | 'sendTo'>;

/** One request and the hosts that it was sent to. */
interface Following {
  readonly follower: RedirectFollower;
  readonly request: PendingRequest;
  readonly hosts: readonly DiameterUri[];
  /** They come from the cache: without them the request goes where it would have gone. */
  readonly fromCache: boolean;
  /** The host whose connection it waits for, in lower case. */
  waitingFor: string | undefined;
}

export class RedirectFollower {
  readonly #cache = new RedirectCache();
  /** Requests that wait for a connection, by the host in lower case. */
  readonly #waiting = new Map<string, Set<Instance<typeof redirectionMachine>>>();

  constructor(
    readonly local: LocalNode,
    private readonly peers: PeerTable,
    private readonly approachHost: (uri: DiameterUri) => Peer | undefined,
    private readonly sender: Sender,
  ) {}

  get hasCached(): boolean {
    return this.#cache.size > 0;
  }

  /** False: it names nobody who could be asked, so that this is the answer. */
  follow(request: PendingRequest, answer: Buffer): boolean {
    const hosts = textAvps(answer, codes.redirectHost).flatMap((text) => parseDiameterUri(text) ?? []);
    const peer = request.peer!;
    if (hosts.length === 0 || request.redirectCount >= redirectsMax) {
      const reason = hosts.length === 0 ? 'no Redirect-Host' : 'redirected too often';
      this.local.fault('diameter.redirectRefused', 'RFC 6733 6.1.8', { peer: peer.name, reason });
      return false;
    }
    const usage = unsignedAvp(answer, codes.usage) ?? 0;
    const routing = usage === 0 ? undefined : readRouting(request.bytes);
    if (routing !== undefined) {
      const redirection = { hosts, usage, cacheSeconds: unsignedAvp(answer, codes.maxCacheTime) };
      this.#cache.store(routing, peer.originHost, redirection, this.local.environment.clock.now());
    }
    this.#begin(request, hosts, false);
    return true;
  }

  /** `peer`: where the request would go. True: it goes elsewhere, as was said before. */
  followCached(request: PendingRequest, peer: Peer | undefined): boolean {
    const routing = readRouting(request.bytes);
    const now = this.local.environment.clock.now();
    const hosts = routing && this.#cache.find(routing, peer?.originHost ?? '', now);
    if (hosts === undefined) return false;
    this.#begin(request, hosts, true);
    return true;
  }

  onPeerState(peer: Peer, isOpen: boolean): void {
    const host = peer.originHost.toLowerCase();
    const waiting = this.#waiting.get(host);
    if (waiting === undefined) return;
    this.#waiting.delete(host);
    for (const machine of waiting) machine.send({ type: isOpen ? 'host.open' : 'host.unreachable' });
  }

  #begin(request: PendingRequest, hosts: readonly DiameterUri[], fromCache: boolean): void {
    request.redirection?.send({ type: 'diameter.answer' });
    request.redirectCount++;
    const following: Following = {
      follower: this,
      request,
      hosts: hosts.slice(0, hostsMax),
      fromCache,
      waitingFor: undefined,
    };
    // The machine starts at work: what it does first is done when `create` has returned.
    const machine = this.local.machines.create(redirectionMachine, {
      id: `diameterRedirection:${request.endToEnd}:${request.redirectCount}`,
      input: { hostCount: following.hosts.length, connectMs: request.answerMs },
      owner: following,
      effects: redirectionEffects,
    });
    if (!machine.done) request.redirection = machine;
  }

  approach(following: Following, index: number, machine: Instance<typeof redirectionMachine>): void {
    const { request, hosts } = following;
    this.#leave(following, machine);
    request.redirection = machine;
    const uri = hosts[index]!;
    const isSelf = sameHost(uri.host, this.local.identity.originHost);
    const peer = isSelf ? undefined : (this.peers.byHost(uri.host) ?? this.approachHost(uri));
    if (peer === undefined) machine.send({ type: 'host.unreachable' });
    else if (peer.isAvailable) machine.send({ type: 'host.open' });
    else if (!peer.isConnecting) machine.send({ type: 'host.unreachable' });
    else {
      const host = uri.host.toLowerCase();
      const waiting = this.#waiting.get(host) ?? new Set();
      this.#waiting.set(host, waiting.add(machine));
      following.waitingFor = host;
      machine.send({ type: 'host.connecting' });
    }
  }

  #leave(following: Following, machine: Instance<typeof redirectionMachine>): void {
    const { waitingFor } = following;
    following.waitingFor = undefined;
    const waiting = waitingFor === undefined ? undefined : this.#waiting.get(waitingFor);
    if (waiting?.delete(machine) === true && waiting.size === 0) this.#waiting.delete(waitingFor!);
  }

  /** Same End-to-End, new Hop-by-Hop (RFC 6733 3). */
  ask({ request, hosts }: Following, index: number, machine: Instance<typeof redirectionMachine>): void {
    const peer = this.peers.byHost(hosts[index]!.host);
    const isSent = peer?.isAvailable === true && this.sender.sendAgain(request, peer, false);
    if (!isSent) machine.send({ type: 'diameter.undelivered' });
  }

  giveUp(following: Following, machine: Instance<typeof redirectionMachine>): void {
    const { request, hosts, fromCache } = following;
    this.#leave(following, machine);
    request.redirection = undefined;
    if (fromCache) {
      this.#cache.forget(hosts);
      this.sender.sendTo(request, request.route(this.peers, undefined));
      return;
    }
    const reason = `nobody delivers it of ${hosts.map(formatDiameterUri).join(', ')}`;
    request.failed({ kind: 'unreachable', reason });
  }
}

const redirectionEffects: EffectsOf<typeof redirectionMachine, Following> = {
  approach: ({ index }, following, machine) => following.follower.approach(following, index, machine),
  ask: ({ index }, following, machine) => following.follower.ask(following, index, machine),
  giveUp: (_, following, machine) => following.follower.giveUp(following, machine),
};
