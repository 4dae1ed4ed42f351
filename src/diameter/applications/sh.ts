/** Sh (TS 29.328, TS 29.329): what an AS asks an HSS, what an HSS tells an AS, typed on both ends. */
import { compileApplication } from '../codec/compiled-application.js';
import { shDictionary } from '../dictionaries/sh.dictionary.js';
import type { DiameterEndpoint } from '../peer/endpoint.js';
import { Exchange } from './exchange.js';
import type {
  ProfileUpdateAnswer,
  ProfileUpdateQuery,
  PushNotificationAnswer,
  PushNotificationQuery,
  ShClientHandlers,
  ShServerHandlers,
  SubscribeNotificationsAnswer,
  SubscribeNotificationsQuery,
  UserDataAnswer,
  UserDataQuery,
} from './sh-messages.js';
import { profileUpdate, pushNotification, type ShName, subscribeNotifications, userData } from './sh-requests.js';
import type { DiameterDestination } from './stateless-messages.js';

/** The application for `DiameterEndpoint`; `sh.commands` has the handles. */
export const sh = compileApplication(shDictionary);

const exchange = new Exchange<ShName>(sh);

/** The asking side: an AS. Callbacks run once, never synchronously. */
export class ShClient {
  /** `defaults` is where requests go that name no destination; without a realm, to the endpoint's own. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    private readonly defaults: DiameterDestination = {},
  ) {}

  /** Sh-Pull. */
  userData(query: UserDataQuery & DiameterDestination, onAnswer: (answer: UserDataAnswer) => void): void {
    exchange.ask(this.endpoint, 'User-Data', userData, query, this.defaults, onAnswer);
  }

  /** Sh-Update. */
  profileUpdate(
    query: ProfileUpdateQuery & DiameterDestination,
    onAnswer: (answer: ProfileUpdateAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Profile-Update', profileUpdate, query, this.defaults, onAnswer);
  }

  /** Sh-Subs-Notif. */
  subscribeNotifications(
    query: SubscribeNotificationsQuery & DiameterDestination,
    onAnswer: (answer: SubscribeNotificationsAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Subscribe-Notifications', subscribeNotifications, query, this.defaults, onAnswer);
  }

  /** What the HSS may tell unasked: Sh-Notif. */
  serve(handlers: ShClientHandlers): void {
    const { pushNotification: onPush } = handlers;
    exchange.serve(this.endpoint, 'Push-Notification', pushNotification, onPush?.bind(handlers));
  }
}

/** The answering side: the HSS. */
export class ShServer {
  /** A procedure without a handler is answered with 3001 COMMAND_UNSUPPORTED. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    handlers: ShServerHandlers,
  ) {
    exchange.serve(endpoint, 'User-Data', userData, handlers.userData?.bind(handlers));
    exchange.serve(endpoint, 'Profile-Update', profileUpdate, handlers.profileUpdate?.bind(handlers));
    const onSubscribe = handlers.subscribeNotifications?.bind(handlers);
    exchange.serve(endpoint, 'Subscribe-Notifications', subscribeNotifications, onSubscribe);
  }

  /** Sh-Notif; the destination is the AS that has subscribed (TS 29.329 6.1.7). */
  pushNotification(
    query: PushNotificationQuery & Required<DiameterDestination>,
    onAnswer: (answer: PushNotificationAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Push-Notification', pushNotification, query, {}, onAnswer);
  }
}
