/**
 * Who tells of registrations: the S-CSCF (TS 24.229 5.4.2.1; REG-90 to REG-93). One notifier for each implicit
 * registration set; `registration-notification.machine.ts` decides when something is said, and lives only then.
 * RFC 6665 4.2, RFC 3680 4.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import {
  type ClientUser,
  checkRemoteSequence,
  type Dialog,
  dialogFromRequest,
  encodeUtf8,
  inDialogRequest,
  type ServerRequest,
  updateTarget,
} from '../../sip/index.js';
import { allowEvents, defaultExpires, eventValue, hasUsableId, isRegEvent, takesRegInfo } from './event-headers.js';
import { type ContactElement, type RegInfo, type RegistrationElement, regInfoType } from './reg-info.js';
import { formatRegInfo } from './reg-info-format.js';
import { registrationNotification, type Wanted } from './registration-notification.machine.js';
import type { RegistrationSubscriptions } from './registration-subscriptions.js';

/** Where the notifier reads what it tells. */
export interface RegistrationSource {
  /** All public identities of the set that may be told (REG-91), in order, with what stands now. */
  snapshot(): readonly RegistrationElement[];
}

/** RFC 5057 5.1: what ends a subscription when it answers a NOTIFY of it; 408 and no answer do as well (RFC 6665 4.2.2). */
const subscriptionEnding: ReadonlySet<number> = new Set([
  404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** One subscription: plain data while nothing happens. */
export class RegistrationSubscription {
  /** The next document. */
  version = 0;
  /** When it ends by itself, ms. */
  expiresAt = 0;
  /** For the queue of those that will end. */
  queueIndex = -1;
  /** The last document was refused: the next one says everything. */
  needsFull = false;
  /** What the next partial document tells. */
  pending: readonly RegistrationElement[] | undefined = undefined;
  machine: Instance<typeof registrationNotification> | undefined = undefined;
  /** By identity, what its element has been called since before another notifier took over: ids stay (RFC 3680 5.1). */
  toldIds: ReadonlyMap<string, string> | undefined = undefined;

  constructor(
    public notifier: RegistrationNotifier,
    readonly dialog: Dialog,
    /** Value of Event. */
    readonly event: string,
    /** The network node that watches; undefined: the user itself. */
    readonly host: string | undefined,
  ) {}

  /** The elements under the ids that the watcher knows. */
  asTold(registrations: readonly RegistrationElement[]): readonly RegistrationElement[] {
    const { toldIds } = this;
    if (toldIds === undefined) return registrations;
    return registrations.map((each) => ({ ...each, id: toldIds.get(each.aor) ?? each.id }));
  }

  send(event: Parameters<Instance<typeof registrationNotification>['send']>[0]): void {
    this.machine ??= this.notifier.subscriptions.party.host.create(registrationNotification, {
      id: `registrationNotification:${this.dialog.callId}:${this.dialog.localTag}`,
      input: undefined,
      owner: this as RegistrationSubscription,
      effects,
      onDone: forgetMachine,
    });
    this.machine.send(event);
  }

  /** Without a word. */
  stop(): void {
    this.machine?.stop();
  }
}

const nothing: readonly RegistrationSubscription[] = [];

function forgetMachine(subscription: RegistrationSubscription): void {
  subscription.machine = undefined;
}

export class RegistrationNotifier {
  /** Made anew with each change: an array that grows keeps room for many more. */
  #list: readonly RegistrationSubscription[] = nothing;

  constructor(
    readonly subscriptions: RegistrationSubscriptions,
    private readonly source: RegistrationSource,
  ) {}

  /** Subscriptions that stand. */
  get count(): number {
    return this.#list.length;
  }

  /** Those of one watcher: a node of the network, or with `undefined` the user itself. */
  countOf(host: string | undefined): number {
    return this.#list.filter((each) => each.host === host).length;
  }

  /**
   * A SUBSCRIBE outside of dialogs, from somebody who may (REG-90): answered here, and followed by the full state at once.
   * One within a dialog goes to `RegistrationSubscriptions.receive`. @param expiresMax seconds
   * @param host of the network node that watches, where it is not the user itself
   */
  subscribe(request: ServerRequest, expiresMax: number, host?: string): void {
    const { message } = request;
    if (!isAcceptable(request)) return;
    const contacts = message.contacts;
    if (contacts === '*' || contacts[0] === undefined || message.fromTag === undefined) {
      request.reply(400, { reason: 'Missing Contact or From tag' }); // RFC 6665 3.1.1: it makes a dialog
      return;
    }
    if (!this.subscriptions.hasRoomFor(this, host)) {
      request.reply(500, { reason: 'Too Many Subscriptions', headers: [['Retry-After', '60']] });
      return;
    }
    const made = dialogFromRequest(message, request.localTag, 'confirmed');
    // A user that watches itself: one string for both.
    const dialog = made.localUri === made.remoteUri ? { ...made, remoteUri: made.localUri } : made;
    const subscription = new RegistrationSubscription(this, dialog, eventValue(message), host);
    this.#list = [...this.#list, subscription];
    this.subscriptions.add(subscription);
    this.#accept(subscription, request, expiresMax);
  }

  /** For `RegistrationSubscriptions`: a SUBSCRIBE within the dialog, which refreshes or ends it. */
  refresh(subscription: RegistrationSubscription, request: ServerRequest, expiresMax: number): void {
    if (!isAcceptable(request)) return;
    if (checkRemoteSequence(subscription.dialog, request.message) === 'stale') {
      request.reply(500); // SIP-52
      return;
    }
    updateTarget(subscription.dialog, request.message);
    this.#accept(subscription, request, expiresMax);
  }

  /**
   * The registrations that have changed; of each the contacts that have. At most one NOTIFY in 5 s for each subscription,
   * so what comes meanwhile is put together. `final`: nothing is left, `changed` is all that there was; the subscriptions
   * end at once (REG-93), with `reason` of RFC 6665 4.1.3.
   */
  notify(
    changed: readonly RegistrationElement[],
    { final = false, reason = 'noresource' }: { readonly final?: boolean; readonly reason?: string } = {},
  ): void {
    for (const subscription of this.#list) {
      subscription.pending = merge(subscription.pending, subscription.asTold(changed));
      subscription.send(final ? { type: 'subscription.over', reason } : { type: 'registration.changed' });
    }
  }

  /**
   * The registration that this one tells of ends, but its identities stay registered: subscriptions for which `heirOf` names
   * another notifier go on there. `ended`: what ends; the heir's next word tells what it does not have itself.
   */
  handOver(
    ended: readonly RegistrationElement[],
    heirOf: (subscription: RegistrationSubscription) => RegistrationNotifier | undefined,
  ): void {
    for (const subscription of this.#list) {
      const heir = heirOf(subscription);
      if (heir !== undefined) heir.#takeOver(subscription, subscription.asTold(ended));
    }
    this.#list = this.#list.filter(({ notifier }) => notifier === this);
  }

  #takeOver(subscription: RegistrationSubscription, ended: readonly RegistrationElement[]): void {
    const own = this.source.snapshot();
    const ownIdentities = new Set(own.map(({ aor }) => aor));
    const known = new Map(ended.map(({ aor, id }) => [aor, id]));
    const gone = ended.filter(({ aor }) => !ownIdentities.has(aor));
    const added = own.filter(({ aor }) => !known.has(aor));
    subscription.pending = merge(subscription.pending, [...gone, ...added]);
    subscription.toldIds = known;
    subscription.notifier = this;
    this.#list = [...this.#list, subscription];
  }

  /**
   * Another notifier tells of the registration from now on: whoever watches may subscribe there in a while, when it knows by what
   * way (RFC 6665 4.1.3, probation). Of the registration nothing is said.
   */
  moveAway(): void {
    for (const subscription of this.#list) subscription.send({ type: 'subscription.over', reason: 'probation' });
  }

  /** For the machine and the tables. */
  forget(subscription: RegistrationSubscription): void {
    const rest = this.#list.filter((each) => each !== subscription);
    this.#list = rest.length === 0 ? nothing : rest;
    this.subscriptions.remove(subscription);
  }

  /** For the machine. */
  sendNotify(subscription: RegistrationSubscription, wanted: Wanted, number: number): void {
    const { clock } = this.subscriptions.party.environment;
    const expires = Math.max(0, Math.ceil((subscription.expiresAt - clock.now()) / 1000));
    const everything = wanted === 'everything' || subscription.needsFull;
    const info = everything ? this.#full(subscription) : this.#partial(subscription);
    subscription.pending = undefined;
    subscription.needsFull = false;
    this.#send(subscription, `active;expires=${expires}`, info, {
      onResponse: ({ status }) => {
        if (status < 200) return;
        if (subscriptionEnding.has(status)) this.#failed(subscription);
        else this.#answered(subscription, number, status < 300);
      },
      onTimeout: () => this.#failed(subscription),
      // It has not left: the watcher may be there.
      onTransportError: () => this.#answered(subscription, number, false),
    });
  }

  /** For the machine: the last word. Where all has terminated, it is what `notify` was given; else what stands, or nothing. */
  sendLast(subscription: RegistrationSubscription, reason: string): void {
    const isTimeout = reason === 'timeout';
    const registrations = isTimeout ? subscription.asTold(this.source.snapshot()) : (subscription.pending ?? []);
    const info: RegInfo = { version: subscription.version++, state: 'full', registrations };
    subscription.pending = undefined;
    this.forget(subscription);
    const isMoving = reason === 'probation';
    const state = `terminated;reason=${reason}${isMoving ? `;retry-after=${movingSeconds}` : ''}`;
    this.#send(subscription, state, isMoving ? undefined : info, unheard);
  }

  #accept(subscription: RegistrationSubscription, request: ServerRequest, expiresMax: number): void {
    const { party, contact } = this.subscriptions;
    const expires = Math.min(request.message.expires ?? defaultExpires, expiresMax);
    request.reply(200, {
      headers: [
        ['Expires', String(expires)],
        ['Contact', contact],
      ],
    });
    if (expires === 0) {
      subscription.send({ type: 'subscription.over', reason: 'timeout' }); // RFC 6665 4.2.1.4
      return;
    }
    subscription.expiresAt = party.environment.clock.now() + 1000 * expires;
    this.subscriptions.schedule(subscription);
    subscription.send({ type: 'sip.subscribe' });
  }

  #answered(subscription: RegistrationSubscription, number: number, isTaken: boolean): void {
    if (!isTaken) subscription.needsFull = true;
    subscription.machine?.send({ type: 'sip.notifyAnswered', number });
  }

  /** RFC 6665 4.2.2: there is no such subscription any more. */
  #failed(subscription: RegistrationSubscription): void {
    if (subscription.machine === undefined) this.forget(subscription);
    else subscription.machine.send({ type: 'sip.notifyFailed' });
  }

  #full(subscription: RegistrationSubscription): RegInfo {
    // What has terminated since the last document has to be told as well.
    const gone = (subscription.pending ?? []).filter(({ state }) => state === 'terminated');
    const known = subscription.asTold(this.source.snapshot());
    const ids = new Set(known.map(({ id }) => id));
    const registrations = [...known, ...gone.filter(({ id }) => !ids.has(id))];
    return { version: subscription.version++, state: 'full', registrations };
  }

  #partial(subscription: RegistrationSubscription): RegInfo {
    const snapshot = subscription.asTold(this.source.snapshot());
    const known = new Map(snapshot.map((each) => [each.id, each.contacts]));
    // A change may have waited: how long a contact still stands is said as of now.
    const registrations = (subscription.pending ?? []).map((registration) => {
      const contacts = known.get(registration.id) ?? [];
      return { ...registration, contacts: registration.contacts.map((each) => withTimeLeft(each, contacts)) };
    });
    return { version: subscription.version++, state: 'partial', registrations };
  }

  #send(subscription: RegistrationSubscription, state: string, info: RegInfo | undefined, user: ClientUser): void {
    const { party, contact, headers } = this.subscriptions;
    const request = inDialogRequest(subscription.dialog, 'NOTIFY', {
      headers: [['Event', subscription.event], ['Subscription-State', state], ['Contact', contact], ...headers()],
      ...(info !== undefined && { body: encodeUtf8(formatRegInfo(info)), contentType: regInfoType }),
    });
    party.sip.sendRequest(request, party.sip.nextHop(request), user);
  }
}

/** In which a user's REGISTER has its answer, which says where the registration is now. */
const movingSeconds = 5;

/** Whatever becomes of it, the subscription is over. */
const unheard: ClientUser = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };

/** RFC 3261 8.2.2.3, RFC 6665 4.2.1.1, RFC 3680 4.5; what is not is answered. */
function isAcceptable(request: ServerRequest): boolean {
  const { message } = request;
  // No extension belongs to this package; RFC 4662 4.2 has a list asked for by `eventlist`.
  const required = message.values('Require');
  if (required.length > 0) {
    request.reply(420, { headers: [['Unsupported', required.join(', ')]] });
    return false;
  }
  if (!isRegEvent(message)) {
    request.reply(489, { headers: allowEvents });
    return false;
  }
  if (!hasUsableId(message)) {
    request.reply(400, { reason: 'Event is malformed' });
    return false;
  }
  if (!takesRegInfo(message)) {
    request.reply(406, { headers: [['Accept', regInfoType]] });
    return false;
  }
  return true;
}

/** Later ones replace earlier ones of the same id. */
function mergeContacts(
  before: readonly ContactElement[],
  changed: readonly ContactElement[],
): readonly ContactElement[] {
  const byId = new Map(before.map((each) => [each.id, each]));
  for (const contact of changed) byId.set(contact.id, contact);
  return [...byId.values()];
}

function withTimeLeft(contact: ContactElement, known: readonly ContactElement[]): ContactElement {
  if (contact.state !== 'active') return contact;
  const expires = known.find(({ id }) => id === contact.id)?.expires;
  return expires === undefined || expires === contact.expires ? contact : { ...contact, expires };
}

/** By id; later ones replace earlier ones, but their contacts are put together. */
function merge(
  before: readonly RegistrationElement[] | undefined,
  changed: readonly RegistrationElement[],
): readonly RegistrationElement[] {
  if (before === undefined) return changed;
  const byId = new Map(before.map((each) => [each.id, each]));
  for (const registration of changed) {
    const known = byId.get(registration.id);
    const contacts = known === undefined ? registration.contacts : mergeContacts(known.contacts, registration.contacts);
    byId.set(registration.id, { ...registration, contacts });
  }
  return [...byId.values()];
}

const effects: EffectsOf<typeof registrationNotification, RegistrationSubscription> = {
  notify: ({ wanted, number }, subscription) => subscription.notifier.sendNotify(subscription, wanted, number),
  notifyEnd: ({ reason }, subscription) => subscription.notifier.sendLast(subscription, reason),
  drop: (_, subscription) => subscription.notifier.forget(subscription),
};
