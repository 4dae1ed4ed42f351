/**
 * Who watches registrations: UE (REG-17), P-CSCF (REG-27), application server (CALL-83). One subscription to the
 * registration event package at a time; `registration-watch.machine.ts` decides. RFC 6665 4.1, RFC 3680.
 */
import type { Environment } from '../../environment/index.js';
import type { EffectsOf, Instance, MachineHost } from '../../machine/index.js';
import {
  buildRequest,
  type ClientOptions,
  type ClientUser,
  checkRemoteSequence,
  coreTimers,
  type Destination,
  type Dialog,
  decodeUtf8,
  detached,
  dialogFromRequest,
  dialogFromResponse,
  type Headers,
  hostPort,
  inDialogRequest,
  lifetimeMs,
  type ServerRequest,
  type SipEndpoint,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipTimers,
  updateTarget,
} from '../../sip/index.js';
import {
  allowEvents,
  eventPackage,
  isRegEvent,
  retryAfterOf,
  type SubscriptionState,
  subscriptionStateOf,
} from './event-headers.js';
import { type RegInfo, type RegistrationElement, regInfoType } from './reg-info.js';
import { parseRegInfo } from './reg-info-parse.js';
import { RegInfoView } from './reg-info-view.js';
import { registrationWatch, type WatchEnd } from './registration-watch.machine.js';

/** What watcher and notifier need of the node they work in; a chassis and a user agent have it. */
export interface RegEventParty {
  readonly name: string;
  readonly sip: SipEndpoint;
  readonly host: MachineHost;
  readonly environment: Environment;
}

export interface WatcherOptions {
  /** Request-URI and To: the public identity, a SIP URI (REG-90). */
  readonly aor: string;
  /** URI of From. */
  readonly from: string;
  /** Value of Contact, with angle brackets. */
  readonly contact: string;
  /** Values of Route, with angle brackets, nearest first. Read anew for each new subscription. */
  readonly route: readonly string[];
  /** Where requests go whose own next hop is unknown here; and, of a subscription without Route, the first one. */
  readonly nextHop?: readonly Destination[] | undefined;
  /** Of the next hop (TS 24.229 §7.7), and how long a first NOTIFY is waited for (RFC 6665 4.1.2.4). `coreTimers` where absent. */
  readonly timers?: SipTimers | undefined;
  /** Seconds to ask for. */
  readonly expires: number;
  /** Further headers of each SUBSCRIBE. */
  headers(): Headers;
  /** A document has come and changed `view`. The owner may stop the watcher here. */
  onChange(view: RegInfoView, info: RegInfo): void;
  /**
   * Nothing more is to come, and nothing more is tried; `reason` undefined: `unsubscribe` did it. Where the watcher
   * subscribes again by itself, this is not called.
   */
  onEnd(reason: string | undefined, retryAfterMs: number | undefined): void;
  /** A SUBSCRIBE has failed; undefined: nobody has answered it. What becomes of the watch is decided by then. */
  onFailure?(response: SipResponse | undefined): void;
  /** One plain sentence without the watcher's name: `info.…` or `cause.…`. */
  explain(what: string, text: string, clause: string): void;
}

/** RFC 5057 5.1: what ends a subscription when it answers a SUBSCRIBE of it; 408 and no answer do as well. */
const subscriptionEnding: ReadonlySet<number> = new Set([
  404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** No notifier tells of changes more often (RFC 3680 4.10), ms. */
const notifyIntervalMs = 5_000;

/** What may go better later. */
const passing: ReadonlySet<number> = new Set([408, 480, 500, 503, 504]);

export class RegistrationWatcher {
  /** Which watcher a NOTIFY is for, whatever subscription of it: see `watcherKeyOf`. */
  readonly key: string;
  /** What stands, as far as documents have said. */
  readonly view = new RegInfoView();
  readonly #party: RegEventParty;
  readonly #options: WatcherOptions;
  readonly #onOver: (watcher: RegistrationWatcher) => void;
  readonly #timing: Pick<ClientOptions, 'timers'>;
  readonly #machine: Instance<typeof registrationWatch>;
  /** The number of the subscription; what answers an earlier one counts no more. */
  #round = 0;
  #callId = '';
  #localTag = '';
  #sequence = 0;
  #dialog: Dialog | undefined;
  /** The last document said that the user itself has taken all contacts away. */
  #hasLeft = false;
  /** When the full state was asked for that has not come yet, ms. */
  #fullAskedAt = Number.NEGATIVE_INFINITY;
  /** A NOTIFY has come in the dialog: from here on it is the one (RFC 6665 4.4.1). */
  #isNotified = false;

  /** Subscribes at once. `onOver`: for whoever keeps it, once, after `onEnd` or `stop`. */
  constructor(
    party: RegEventParty,
    options: WatcherOptions,
    onOver: (watcher: RegistrationWatcher) => void = () => {},
  ) {
    this.#party = party;
    this.#options = options;
    this.#onOver = onOver;
    this.key = party.environment.random.stream('reg-event').bytes(10).toString('hex');
    const { expires, timers = coreTimers } = options;
    this.#timing = { timers };
    this.#machine = party.host.create(registrationWatch, {
      id: `registrationWatch:${options.aor}:${this.key}`,
      input: { expires, notifyWaitMs: lifetimeMs(timers) },
      owner: this as RegistrationWatcher,
      effects,
    });
  }

  /** `subscribing`, `subscribed.resting` …, as the machine has it. */
  get state(): string {
    return this.#machine.state;
  }

  /** Nothing more happens by itself. */
  get isOver(): boolean {
    return this.#machine.done;
  }

  /** A NOTIFY of this subscription; what nobody accepts is for `refuseNotify`. */
  accepts({ message }: ServerRequest): boolean {
    if (message.method !== 'NOTIFY' || message.callId !== this.#callId || message.toTag !== this.#localTag)
      return false;
    // RFC 6665 4.4.1: the NOTIFY makes the dialog; of several notifiers the first one is it.
    return this.#machine.done ? false : !this.#isNotified || message.fromTag === this.#dialog?.remoteTag;
  }

  /** A NOTIFY that it accepts. */
  receive(request: ServerRequest): void {
    const { message } = request;
    if (!isRegEvent(message)) {
      request.reply(489, { headers: allowEvents }); // RFC 6665 4.1.3
      return;
    }
    const state = subscriptionStateOf(message);
    if (state === undefined) {
      request.reply(400, { reason: 'Missing Subscription-State' });
      return;
    }
    const dialog = this.#dialogOf(request);
    if (checkRemoteSequence(dialog, message) === 'stale') {
      request.reply(500); // SIP-52
      return;
    }
    const info = this.#read(request);
    if (info === 'refused') return;
    updateTarget(dialog, message);
    request.reply(200);
    this.#take(state, info);
  }

  /** Asks for the full state (RFC 3680 5.1); without effect while a SUBSCRIBE is under way, which does the same. */
  refresh(): void {
    this.#machine.send({ type: 'watch.refresh' });
  }

  /** Expires 0; `onEnd` follows. */
  unsubscribe(): void {
    this.#machine.send({ type: 'watch.unsubscribe' });
  }

  /** Without a word to anybody; nothing is called afterwards. */
  stop(): void {
    this.#round++;
    if (this.#machine.done) return;
    this.#machine.stop();
    this.#onOver(this);
  }

  /** For the machine: a new subscription. */
  subscribe(expires: number): void {
    const { sip } = this.#party;
    const { aor, from, route, nextHop = [] } = this.#options;
    this.#round++;
    this.#dialog = undefined;
    this.#isNotified = false;
    this.view.restart();
    const { host } = sip.localUri();
    this.#callId = `${this.key}-${this.#round}@${hostPort(host)}`;
    this.#localTag = `${this.key.slice(0, 12)}${this.#round}`;
    this.#sequence = 1;
    const request = buildRequest({
      method: 'SUBSCRIBE',
      requestUri: aor,
      headers: [
        ...route.map((value) => ['Route', value] as const),
        ['Max-Forwards', '70'],
        ['From', `<${from}>;tag=${this.#localTag}`],
        ['To', `<${aor}>`],
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#sequence} SUBSCRIBE`],
        ...this.#subscribeHeaders(expires),
      ],
    });
    const found = route.length > 0 || nextHop.length === 0 ? sip.nextHop(request) : nextHop;
    sip.sendRequest(request, found.length > 0 ? found : nextHop, this.#userOf(request, false), this.#timing);
  }

  /** For the machine: within the subscription. */
  resubscribe(expires: number): void {
    const dialog = this.#dialog;
    if (dialog === undefined) return;
    const { sip } = this.#party;
    const request = inDialogRequest(dialog, 'SUBSCRIBE', { headers: this.#subscribeHeaders(expires) });
    const found = sip.nextHop(request);
    const destinations = found.length > 0 ? found : (this.#options.nextHop ?? []);
    sip.sendRequest(request, destinations, this.#userOf(request, true), this.#timing);
  }

  /** For the machine. */
  reportEnd({ reason, retryAfterMs }: WatchEnd): void {
    const { aor } = this.#options;
    // REG-93: who has de-registered expects nothing else.
    if (reason !== undefined && !(reason === 'noresource' && this.#hasLeft)) {
      this.#options.explain('info.registrationWatchEnded', `its watch of ${aor} is over: ${reason}`, 'RFC 6665 §4.1.3');
    }
    this.#options.onEnd(reason, retryAfterMs);
    this.#onOver(this);
  }

  #subscribeHeaders(expires: number): Headers {
    return [
      ['Event', eventPackage],
      ['Accept', regInfoType],
      ['Expires', String(expires)],
      ['Contact', this.#options.contact],
      ...this.#options.headers(),
    ];
  }

  /** The dialog of a NOTIFY that `accepts` has let in. */
  #dialogOf({ message, localTag }: ServerRequest): Dialog {
    const known = this.#dialog;
    this.#isNotified = true;
    if (known !== undefined && known.remoteTag === (message.fromTag ?? '')) return known;
    // RFC 6665 4.4.1: it has come before the 2xx, or from another notifier than the 2xx. It is not in our sequence yet.
    const dialog = { ...dialogFromRequest(message, localTag, 'confirmed'), remoteSequence: undefined };
    dialog.localSequence = this.#sequence;
    this.#dialog = dialog;
    return dialog;
  }

  /** Its document; undefined where it has no body. RFC 3680 4.7 wants one in each, but an end needs none. */
  #read(request: ServerRequest): RegInfo | 'refused' | undefined {
    const { message } = request;
    const { body, contentType } = message;
    if (body === '') return undefined;
    const semicolon = contentType?.indexOf(';') ?? -1;
    const type = (semicolon === -1 ? contentType : contentType!.slice(0, semicolon))?.trim().toLowerCase();
    if (type !== regInfoType) {
      request.reply(415, { headers: [['Accept', regInfoType]] }); // RFC 3261 21.4.13
      return 'refused';
    }
    const info = parseRegInfo(decodeUtf8(body));
    if (info !== undefined) return info;
    this.#options.explain(
      'cause.regInfoUnreadable',
      `the NOTIFY about ${this.#options.aor} holds no reginfo document that can be read; look at the XML of its body`,
      'RFC 3680 §5.4',
    );
    request.reply(400, { reason: 'Bad reginfo' });
    return 'refused';
  }

  #take(state: SubscriptionState, info: RegInfo | undefined): void {
    const round = this.#round;
    const outcome = info === undefined ? undefined : this.view.apply(info);
    if (info !== undefined && outcome !== 'stale') {
      this.#hasLeft = info.registrations.every(hasLeft);
      if (info.state === 'full') this.#fullAskedAt = Number.NEGATIVE_INFINITY;
      this.#options.onChange(this.view, info);
    }
    // The owner may have ended the watch by now.
    if (round !== this.#round || this.#machine.done) return;
    const { name, expires, reason, retryAfter } = state;
    if (name === 'terminated') {
      const retryAfterMs = retryAfter === undefined ? undefined : 1000 * retryAfter;
      this.#dialog = undefined;
      this.#callId = ''; // what comes after it is of no subscription
      this.#machine.send({ type: 'sip.terminated', reason, retryAfterMs });
      return;
    }
    this.#machine.send({ type: 'sip.notified', expiresMs: expires === undefined ? undefined : 1000 * expires });
    if (outcome === 'gap') this.#askForFull();
  }

  /** RFC 3680 5.1. A notifier that answers with one gap after the other is not asked each time. */
  #askForFull(): void {
    const now = this.#party.environment.clock.now();
    if (now - this.#fullAskedAt < notifyIntervalMs) return;
    this.#fullAskedAt = now;
    this.refresh();
  }

  #userOf(request: SipRequest, isInDialog: boolean): ClientUser {
    const round = this.#round;
    return {
      onResponse: (response) => {
        if (response.status >= 200 && round === this.#round) this.#onFinal(request, response, isInDialog);
      },
      onTimeout: () => {
        if (round === this.#round) this.#onFailure(408, undefined, isInDialog);
      },
      onTransportError: () => {
        // Nothing has left: whatever the subscription is, it is not this that ended it.
        if (round === this.#round) {
          this.#machine.send({ type: 'sip.failed', reason: 'the network cannot be reached', retryAfterMs: undefined });
        }
      },
    };
  }

  #onFinal(request: SipRequest, response: SipResponse, isInDialog: boolean): void {
    if (response.status >= 300) {
      this.#onFailure(response.status, response, isInDialog);
      return;
    }
    if (isInDialog) {
      if (this.#dialog !== undefined) updateTarget(this.#dialog, response);
    } else if (this.#dialog === undefined && this.#callId !== '') {
      this.#dialog = dialogFromResponse(request, response);
    }
    const expires = response.expires ?? this.#machine.context.expires;
    this.#machine.send({ type: 'sip.accepted', expiresMs: 1000 * expires });
  }

  #onFailure(status: number, response: SipResponse | undefined, isInDialog: boolean): void {
    const retryAfter = retryAfterOf(response);
    const retryAfterMs = retryAfter === undefined ? undefined : 1000 * retryAfter;
    const minExpires = Number(response?.header('Min-Expires') ?? Number.NaN);
    const reason =
      response === undefined
        ? 'SUBSCRIBE was not answered'
        : `SUBSCRIBE was answered ${status} ${detached(response.reason)}`;
    if (status === 423 && Number.isSafeInteger(minExpires)) {
      this.#machine.send({ type: 'sip.intervalTooBrief', minExpires });
      return;
    }
    if (isInDialog && subscriptionEnding.has(status)) {
      this.#machine.send({ type: 'sip.subscriptionLost' });
    } else if (passing.has(status)) {
      this.#machine.send({ type: 'sip.failed', reason, retryAfterMs });
    } else {
      this.#machine.send({ type: 'sip.refused', reason, retryAfterMs });
    }
    this.#options.onFailure?.(response);
  }
}

/** `key` of the watcher that the NOTIFY may be for. */
export function watcherKeyOf({ callId }: SipMessage): string {
  return callId.slice(0, Math.max(0, callId.indexOf('-')));
}

const effects: EffectsOf<typeof registrationWatch, RegistrationWatcher> = {
  subscribe: ({ expires }, watcher) => watcher.subscribe(expires),
  resubscribe: ({ expires }, watcher) => watcher.resubscribe(expires),
  reportEnd: (end, watcher) => watcher.reportEnd(end),
};

function hasLeft({ contacts }: RegistrationElement): boolean {
  return contacts.length > 0 && contacts.every(({ event }) => event === 'unregistered');
}
