/** Cx (TS 29.228, TS 29.229): what a CSCF asks an HSS, what an HSS tells a CSCF, typed on both ends. */
import { compileApplication } from '../codec/compiled-application.js';
import { cxDictionary } from '../dictionaries/cx.dictionary.js';
import type { DiameterEndpoint } from '../peer/endpoint.js';
import type {
  CxClientHandlers,
  CxNotifications,
  CxQueries,
  CxServerHandlers,
  LocationInfoAnswer,
  LocationInfoQuery,
  MultimediaAuthAnswer,
  MultimediaAuthQuery,
  PushProfileAnswer,
  PushProfileQuery,
  RegistrationTerminationAnswer,
  RegistrationTerminationQuery,
  ServerAssignmentAnswer,
  ServerAssignmentQuery,
  UserAuthorizationAnswer,
  UserAuthorizationQuery,
} from './cx-messages.js';
import {
  type CxName,
  locationInfo,
  multimediaAuth,
  pushProfile,
  registrationTermination,
  serverAssignment,
  userAuthorization,
} from './cx-requests.js';
import { Exchange } from './exchange.js';
import type { DiameterDefaults, DiameterDestination } from './stateless-messages.js';
import { cxFeatures } from './supported-features.js';

/** The application for `DiameterEndpoint`; `cx.commands` has the handles. */
export const cx = compileApplication(cxDictionary);

const exchange = new Exchange<CxName>(cx);

/** The asking side: I-CSCF and S-CSCF. Callbacks run once, never synchronously. */
export class CxClient implements CxQueries {
  /** `defaults` is where requests go that name no destination; without a realm, to the endpoint's own. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    private readonly defaults: DiameterDefaults = {},
  ) {}

  userAuthorization(
    query: UserAuthorizationQuery & DiameterDestination,
    onAnswer: (answer: UserAuthorizationAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'User-Authorization', userAuthorization, query, this.defaults, onAnswer);
  }

  multimediaAuth(
    query: MultimediaAuthQuery & DiameterDestination,
    onAnswer: (answer: MultimediaAuthAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Multimedia-Auth', multimediaAuth, query, this.defaults, onAnswer);
  }

  serverAssignment(
    query: ServerAssignmentQuery & DiameterDestination,
    onAnswer: (answer: ServerAssignmentAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Server-Assignment', serverAssignment, query, this.defaults, onAnswer);
  }

  locationInfo(query: LocationInfoQuery & DiameterDestination, onAnswer: (answer: LocationInfoAnswer) => void): void {
    exchange.ask(this.endpoint, 'Location-Info', locationInfo, query, this.defaults, onAnswer);
  }

  /** What the HSS may tell a CSCF unasked: RTR and PPR. `features`: bits of `cxFeature`. */
  serve(handlers: CxClientHandlers, features = 0): void {
    const { registrationTermination: onTermination, pushProfile: onProfile } = handlers;
    const own = cxFeatures(features);
    const terminate = onTermination?.bind(handlers);
    exchange.serve(this.endpoint, 'Registration-Termination', registrationTermination, terminate, own);
    exchange.serve(this.endpoint, 'Push-Profile', pushProfile, onProfile?.bind(handlers), own);
  }
}

/** The answering side: the HSS. */
export class CxServer implements CxNotifications {
  /** A procedure without a handler is answered with 3001 COMMAND_UNSUPPORTED. `features`: bits of `cxFeature`. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    handlers: CxServerHandlers,
    features = 0,
  ) {
    const own = cxFeatures(features);
    exchange.serve(endpoint, 'User-Authorization', userAuthorization, handlers.userAuthorization?.bind(handlers), own);
    exchange.serve(endpoint, 'Multimedia-Auth', multimediaAuth, handlers.multimediaAuth?.bind(handlers), own);
    exchange.serve(endpoint, 'Server-Assignment', serverAssignment, handlers.serverAssignment?.bind(handlers), own);
    exchange.serve(endpoint, 'Location-Info', locationInfo, handlers.locationInfo?.bind(handlers), own);
  }

  registrationTermination(
    query: RegistrationTerminationQuery & Required<DiameterDestination>,
    onAnswer: (answer: RegistrationTerminationAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Registration-Termination', registrationTermination, query, {}, onAnswer);
  }

  pushProfile(
    query: PushProfileQuery & Required<DiameterDestination>,
    onAnswer: (answer: PushProfileAnswer) => void,
  ): void {
    exchange.ask(this.endpoint, 'Push-Profile', pushProfile, query, {}, onAnswer);
  }
}
