/** The registration event package: documents, watcher and notifier. RFC 3680, RFC 5628, RFC 6665; TS 24.229 5.1.1.3, 5.2.3, 5.4.2.1. */
export { isRegEvent, refuseNotify } from './event-headers.js';
export {
  type ContactElement,
  type ContactEvent,
  type ContactState,
  isEmptied,
  type RegInfo,
  type RegistrationElement,
  type RegistrationState,
  regInfoType,
  stateAfter,
} from './reg-info.js';
export { formatRegInfo } from './reg-info-format.js';
export { parseRegInfo } from './reg-info-parse.js';
export { RegInfoView, type StandingContact, type StandingRegistration } from './reg-info-view.js';
export { RegistrationNotifier, type RegistrationSource } from './registration-notifier.js';
export { RegistrationSubscriptions, type RegistrationSubscriptionsOptions } from './registration-subscriptions.js';
export { type RegEventParty, RegistrationWatcher, type WatcherOptions } from './registration-watcher.js';
export { RegistrationWatchers } from './registration-watchers.js';
export { readXml, type XmlElement } from './xml-reader.js';
