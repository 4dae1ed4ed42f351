/** What an HSS tells application servers unasked: PNR for each change of what they have subscribed to (TS 29.328 6.1.4). */
import type { PushNotificationAnswer, ShServer } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { formatShData, type ShData } from '../subscription/sh-data.js';
import { nextSequenceNumber, repositoryDataOf } from './repository-update.js';
import { repositoryOwner, type ShState, type ShSubscription } from './sh-state.js';
import {
  absenceOf,
  dataOf,
  joined,
  type ServingNodes,
  type ShSubject,
  type ShView,
  viewBefore,
  viewOf,
  viewWith,
} from './sh-view.js';
import type { Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

/** One PNR. */
interface DueNotification {
  readonly to: ShSubscription;
  readonly about: readonly ShSubscription[];
  readonly data: ShData;
}

export class ShNotifications {
  /** Whoever has changed something is not told of it (TS 29.328 6.1.2.1). */
  readonly #updaters = new WeakMap<Subscription, string>();

  constructor(
    private readonly chassis: Chassis,
    private readonly sh: ShServer,
    private readonly subscriptions: Subscriptions,
    private readonly nodes: ServingNodes,
  ) {
    subscriptions.onKept = (subscription, before) => {
      if (before?.sh !== undefined) this.#tell(subscription, viewBefore(subscription, before));
    };
    subscriptions.onProvisioned = (subscription, members) => {
      if (subscription.sh !== undefined) this.#tell(subscription, viewWith(subscription, members));
    };
  }

  /** `commit` is of a change that this AS has made. */
  changedBy(host: string, subscription: Subscription, commit: () => void): void {
    this.#updaters.set(subscription, host);
    commit();
  }

  #tell(subscription: Subscription, before: ShView): void {
    const updater = this.#updaters.get(subscription);
    this.#updaters.delete(subscription);
    const now = this.chassis.environment.clock.now();
    const after = viewOf(subscription);
    const changed = before.sh.subscriptions.flatMap((each) => {
      const isOver = each.expiryTime !== undefined && each.expiryTime <= now;
      const isUpdater = updater?.toLowerCase() === each.host.toLowerCase();
      const found = isOver || isUpdater ? undefined : subscription.owned(each.publicIdentity);
      const data = found && changeOf(before, after, found, each, this.nodes);
      return data === undefined ? [] : [{ to: each, about: [each], data }];
    });
    for (const each of combined(changed)) this.#push(each);
  }

  #push({ to, about, data }: DueNotification): void {
    const { publicIdentity, host, realm } = to;
    const userData = formatShData(data);
    const destination = { destinationHost: host, destinationRealm: realm };
    this.sh.pushNotification({ userIdentity: { publicIdentity }, userData, ...destination }, (answer) =>
      this.#onAnswer(answer, to, about),
    );
  }

  #onAnswer(
    answer: PushNotificationAnswer,
    { publicIdentity, host }: ShSubscription,
    about: readonly ShSubscription[],
  ) {
    const what = about.map(({ dataReference }) => dataReference).join(', ');
    const outcome = outcomeOf(answer);
    this.chassis.explain({
      what: outcome.success ? 'info.applicationServerTold' : 'cause.applicationServerNotTold',
      text: `PNR of ${what} of ${publicIdentity} to ${host} ${outcome.text}`,
      clause: 'TS 29.328 §6.1.4',
    });
    if (answer.kind !== 'experimental') return;
    const code = answer.experimentalResultCode;
    // TS 29.328 6.1.4: an AS that does not know the user is told nothing of it any more.
    if (code === userUnknown) this.#forget(publicIdentity, (each) => each.host === host);
    else if (code === noSubscription) this.#forget(publicIdentity, (each) => about.some((one) => isSame(one, each)));
  }

  #forget(publicIdentity: string, isGone: (each: ShSubscription) => boolean): void {
    this.subscriptions.byPublic(publicIdentity, (subscription) => {
      const { sh } = subscription ?? {};
      if (subscription === undefined || sh === undefined) return;
      const subscribed = sh.subscriptions.filter((each) => each.publicIdentity !== publicIdentity || !isGone(each));
      subscription.sh = shStateOf({ ...sh, subscriptions: subscribed });
      subscription.commit(() => undefined);
    });
  }
}

const userUnknown = 5001;
const noSubscription = 5107;

/** Nothing at all is kept as nothing. */
export function shStateOf(state: ShState): ShState | undefined {
  const { repositoryData, subscriptions, activation, inactiveServices } = state;
  const isEmpty = repositoryData.length === 0 && subscriptions.length === 0 && activation.size === 0;
  return isEmpty && inactiveServices === undefined ? undefined : state;
}

/** One AS, one piece of data of one identity. */
export function isSame(one: ShSubscription, other: ShSubscription): boolean {
  return (
    one.host.toLowerCase() === other.host.toLowerCase() &&
    one.publicIdentity === other.publicIdentity &&
    one.dataReference === other.dataReference &&
    one.serviceIndication === other.serviceIndication &&
    one.serverName === other.serverName &&
    one.identitySet === other.identitySet &&
    one.tag === other.tag
  );
}

/** What there is to tell; undefined: it is as it was. */
function changeOf(
  before: ShView,
  after: ShView,
  subject: ShSubject,
  item: ShSubscription,
  nodes: ServingNodes,
): ShData | undefined {
  const then = dataOf(before, subject, item, nodes);
  const now = dataOf(after, subject, item, nodes);
  if (textOf(then) === textOf(now)) return undefined;
  // A tag that is provisioned no more: no document can say that.
  if (now === undefined && item.dataReference === 'DSAI') return undefined;
  return now ?? absenceOf(item, removedSequenceNumber(before, subject, item));
}

/** That of the update that has removed the data. */
function removedSequenceNumber({ sh }: ShView, { identity }: ShSubject, { serviceIndication = '' }: ShSubscription) {
  const removed = repositoryDataOf(sh.repositoryData, repositoryOwner(identity), serviceIndication);
  return removed && nextSequenceNumber(removed.sequenceNumber);
}

/** TS 29.328 6.1.4.1: that somebody is being authenticated is nothing to tell. */
function textOf(data: ShData | undefined): string | undefined {
  if (data === undefined) return undefined;
  return formatShData(
    data.imsUserState === 'authenticationPending' ? { ...data, imsUserState: 'notRegistered' } : data,
  );
}

/** TS 29.328 6.1.4.1: one PNR has all that an AS is told of an identity where both can do so (Notif-Eff). */
function combined(changed: readonly DueNotification[]): readonly DueNotification[] {
  const due: DueNotification[] = [];
  for (const each of changed) {
    const { host, publicIdentity, isCombined } = each.to;
    const at = due.findIndex(
      ({ to }) => isCombined && to.isCombined && to.host === host && to.publicIdentity === publicIdentity,
    );
    const other = due[at];
    if (other === undefined) due.push(each);
    else {
      due[at] = { to: other.to, about: [...other.about, ...each.about], data: joined([other.data, each.data]) };
    }
  }
  return due;
}

function outcomeOf(answer: PushNotificationAnswer): { readonly success: boolean; readonly text: string } {
  if ('reason' in answer) return { success: false, text: `was not answered: ${answer.reason}` };
  if (answer.kind === 'success') return { success: true, text: `was answered with Result-Code ${answer.resultCode}` };
  if (answer.kind === 'error') return { success: false, text: `was refused with Result-Code ${answer.resultCode}` };
  const { experimentalResultCode: code } = answer;
  const meaning =
    code === userUnknown
      ? ': the AS does not know the user, so all that it had subscribed to of it is over'
      : code === noSubscription
        ? ': the AS has not subscribed to that, so the subscription is over'
        : '';
  return { success: false, text: `was refused with Experimental-Result-Code ${code}${meaning}` };
}
