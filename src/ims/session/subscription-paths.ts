/**
 * The subscriptions that pass a record-routing proxy, found again by the token in its Record-Route value. What is kept of
 * one is little: a phone has one as long as it is registered. RFC 6665 4.3; TS 24.229 §5.2.6.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';
import {
  buildResponse,
  detached,
  type ForwardInfo,
  type MessageEditor,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import { keepToRouteSet, recordRoute } from './route-set.js';
import type { LegBehaviour, LegSide } from './session-table.js';
import { subscriptionPath } from './subscription-path.machine.js';

/** Of a SUBSCRIBE that asks for no time and a 2xx that grants none: RFC 6665 leaves it to the package, RFC 3680 says this. */
const expiresDefaultMs = 3_761_000;
/** A path outlives its subscription by this: the NOTIFY that tells of the expiry comes later. */
const graceMs = 32_000;
/** Notifiers that one SUBSCRIBE may find (RFC 6665 4.4.1); one where nothing forks. */
const notifiersMax = 10;

interface Notifier {
  readonly tag: string;
  /** The way on to it, nearest first; undefined where it was not recorded. */
  routes: readonly string[] | undefined;
}

/** One subscription on its way. */
export class SubscriptionPath {
  readonly machine: Instance<typeof subscriptionPath>;
  readonly callId: string;
  readonly subscriberTag: string;
  /** The way back to the subscriber: Record-Route of its SUBSCRIBE as it came. */
  readonly towardsSubscriber: readonly string[];
  readonly notifiers: Notifier[] = [];

  constructor(
    chassis: Chassis,
    effects: EffectsOf<typeof subscriptionPath, SubscriptionPath>,
    onDone: (path: SubscriptionPath) => void,
    readonly token: string,
    readonly side: LegSide,
    readonly behaviour: LegBehaviour,
    subscribe: SipRequest,
  ) {
    this.callId = detached(subscribe.callId);
    this.subscriberTag = detached(subscribe.fromTag ?? '');
    this.towardsSubscriber = subscribe.values('Record-Route').map(detached);
    this.machine = chassis.host.create(subscriptionPath, {
      id: token,
      input: { expiresMs: expiresDefaultMs },
      owner: this as SubscriptionPath,
      effects,
      onDone,
    });
  }

  /** Of this dialog, or a NOTIFY that makes one more of it (RFC 6665 4.4.1). */
  has({ callId, fromTag = '', toTag = '', method }: SipRequest): boolean {
    if (callId !== this.callId) return false;
    if (fromTag === this.subscriberTag) return this.notifier(toTag) !== undefined;
    if (toTag !== this.subscriberTag) return false;
    return this.notifier(fromTag) !== undefined || (method === 'NOTIFY' && this.notifiers.length < notifiersMax);
  }

  isFromSubscriber({ fromTag = '' }: SipRequest): boolean {
    return fromTag === this.subscriberTag;
  }

  isFromServedUser(request: SipRequest): boolean {
    return this.isFromSubscriber(request) === (this.side === 'mo');
  }

  notifier(tag: string): Notifier | undefined {
    return this.notifiers.find((each) => each.tag === tag);
  }

  learn(tag: string, routes: readonly string[] | undefined): void {
    const known = this.notifier(tag);
    if (known !== undefined) known.routes = routes ?? known.routes;
    else if (this.notifiers.length < notifiersMax) this.notifiers.push({ tag: detached(tag), routes });
  }

  routesFor(request: SipRequest): readonly string[] | undefined {
    return this.isFromSubscriber(request) ? this.notifier(request.toTag ?? '')?.routes : this.towardsSubscriber;
  }
}

/** Hears of the paths that come and go. */
export interface PathsWatcher {
  onBegin(path: SubscriptionPath): void;
  /** Its last NOTIFY has been answered, or will never be. */
  onEnd(path: SubscriptionPath): void;
}

export class SubscriptionPaths {
  readonly #chassis: Chassis;
  readonly #watcher: PathsWatcher;
  readonly #paths = new Map<string, SubscriptionPath>();
  #lastNumber = 0;

  constructor(chassis: Chassis, watcher: PathsWatcher) {
    this.#chassis = chassis;
    this.#watcher = watcher;
  }

  get count(): number {
    return this.#paths.size;
  }

  /** Begins a path with its SUBSCRIBE. */
  open(side: LegSide, behaviour: LegBehaviour, routed: RoutedRequest): void {
    this.#lastNumber++;
    const token = `${side}-s${this.#lastNumber}-${this.#chassis.environment.random.uint32().toString(36)}`;
    const { message } = routed.server;
    const path = new SubscriptionPath(this.#chassis, this.#effects, this.#ended, token, side, behaviour, message);
    this.#paths.set(token, path);
    this.#watcher.onBegin(path);
    path.machine.send({ type: 'sip.subscribe', request: routed });
  }

  /** The path of a request within a dialog, by our own Route value; a token alone does not prove it. */
  find({ ownRoute, server }: RoutedRequest): SubscriptionPath | undefined {
    const path = this.#paths.get(ownRoute?.uri.user ?? '');
    return path?.has(server.message) === true ? path : undefined;
  }

  receive(path: SubscriptionPath, routed: RoutedRequest): void {
    const { message } = routed.server;
    if (message.method === 'SUBSCRIBE') path.machine.send({ type: 'sip.subscribe', request: routed });
    else if (message.method !== 'NOTIFY') path.machine.send({ type: 'sip.request', request: routed });
    else {
      if (message.fromTag !== undefined) path.learn(message.fromTag, undefined);
      const { isTerminated, expiresMs } = subscriptionStateOf(message);
      if (isTerminated) path.machine.send({ type: 'sip.terminated', request: routed });
      else path.machine.send({ type: 'sip.notify', request: routed, expiresMs });
    }
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const path of [...this.#paths.values()]) path.machine.stop();
    this.#paths.clear();
  }

  readonly #ended = (path: SubscriptionPath): void => {
    if (this.#paths.delete(path.token)) this.#watcher.onEnd(path);
  };

  readonly #effects: EffectsOf<typeof subscriptionPath, SubscriptionPath> = {
    forwardSubscribe: ({ request }, path) => {
      const { message } = request.server;
      if (message.toTag === undefined) this.#forwardFirst(request, path);
      else this.#forward(request, path, (response, info) => this.#answered(path, message, response, info));
    },
    forwardNotify: ({ request }, path) =>
      this.#forward(request, path, (response, { forwarding, generated }) => {
        const { status } = response;
        forwarding.relay(this.#towards(path, forwarding.server.message, response));
        const isUnanswered = generated && status === 408;
        if (status === 481 || isUnanswered || (status >= 200 && path.machine.state === 'closing'))
          path.machine.send({ type: 'sip.notifyAnswered' });
      }),
    forwardInDialog: ({ request }, path) =>
      this.#forward(request, path, (response, { forwarding }) =>
        forwarding.relay(this.#towards(path, forwarding.server.message, response)),
      ),
    relayResponse: ({ response: { response, forwarding } }, path) =>
      forwarding.relay(this.#towards(path, forwarding.server.message, response)),
  };

  #forwardFirst({ server, working }: RoutedRequest, path: SubscriptionPath): void {
    const { behaviour, side, token } = path;
    const destinations = side === 'mt' ? behaviour.towardsServedUser?.() : undefined;
    const edit = (editor: MessageEditor): void => {
      behaviour.editInvite(editor, { server, working, ownRoute: undefined });
      recordRoute(this.#chassis, editor, token, side, behaviour.userPort);
    };
    this.#chassis.proxy.forward(server, working, [{ edit, ...(destinations && { destinations }) }], {
      onResponse: (response, info) => this.#answered(path, server.message, response, info),
    });
  }

  #forward(
    { server, working }: RoutedRequest,
    path: SubscriptionPath,
    onResponse: (response: SipResponse, info: ForwardInfo) => void,
  ): void {
    const { behaviour, side, token } = path;
    const { message } = server;
    const fromServedUser = path.isFromServedUser(message);
    const routeSet = path.routesFor(message);
    const destinations = fromServedUser ? undefined : behaviour.towardsServedUser?.();
    const edit = (editor: MessageEditor): void => {
      behaviour.editRequest?.(editor, working, fromServedUser);
      if (routeSet !== undefined) keepToRouteSet(editor, working, routeSet);
      // RFC 6665 4.3: the first NOTIFY may make the dialog; seen from there our values stand the other way round.
      if (message.method === 'NOTIFY')
        recordRoute(this.#chassis, editor, token, side === 'mo' ? 'mt' : 'mo', behaviour.userPort);
    };
    this.#chassis.proxy.forward(server, working, [{ edit, ...(destinations && { destinations }) }], { onResponse });
  }

  /** What a SUBSCRIBE brought. */
  #answered(path: SubscriptionPath, subscribe: SipRequest, response: SipResponse, info: ForwardInfo): void {
    const { forwarding, generated } = info;
    const { status, toTag } = response;
    const { machine } = path;
    const returning = { response: generated ? this.#silence(path, response, forwarding.server) : response, forwarding };
    if (machine.done || status < 200) forwarding.relay(this.#towards(path, subscribe, returning.response));
    else if (status < 300) {
      if (toTag !== undefined && subscribe.toTag === undefined) path.learn(toTag, routesBeyond(response, path.token));
      const expires = response.expires ?? subscribe.expires;
      const expiresMs = expires === undefined ? undefined : expires * 1000 + graceMs;
      machine.send({ type: 'sip.accepted', response: returning, expiresMs });
    } else {
      const isOver = status === 481 || (subscribe.toTag === undefined && machine.state === 'subscribing');
      machine.send({ type: isOver ? 'sip.refused' : 'sip.rejected', response: returning });
    }
  }

  #silence({ behaviour }: SubscriptionPath, generated: SipResponse, server: ServerRequest): SipResponse {
    const { status, cause } = behaviour.explainSilence(generated);
    this.#chassis.explain(cause);
    return buildResponse(server.message, status, { toTag: server.localTag });
  }

  #towards(path: SubscriptionPath, request: SipRequest, response: SipResponse): SipResponse | string {
    return path.behaviour.editResponse?.(response, path.isFromServedUser(request)) ?? response;
  }
}

/** Record-Route of a 2xx up to our own value: the way on, nearest first; undefined where ours is missing. */
function routesBeyond(response: SipResponse, token: string): readonly string[] | undefined {
  const recorded = response.values('Record-Route');
  const own = recorded.findIndex((value) => value.includes(`:${token}@`));
  return own === -1 ? undefined : recorded.slice(0, own).reverse().map(detached);
}

/** RFC 6665 8.2.3. */
function subscriptionStateOf(notify: SipRequest): { readonly isTerminated: boolean; readonly expiresMs?: number } {
  const value = (notify.header('Subscription-State') ?? '').toLowerCase();
  if (value.startsWith('terminated')) return { isTerminated: true };
  const at = value.indexOf('expires=');
  const expires = at === -1 ? Number.NaN : Number.parseInt(value.slice(at + 'expires='.length), 10);
  return Number.isNaN(expires) ? { isTerminated: false } : { isTerminated: false, expiresMs: expires * 1000 + graceMs };
}
