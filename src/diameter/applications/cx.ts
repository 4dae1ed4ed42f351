/** Cx (TS 29.228, TS 29.229): what a CSCF asks an HSS, what an HSS tells a CSCF, typed on both ends. */
import { type Command, type CommandTypes, compileApplication } from '../codec/compiled-application.js';
import type { Answer, Request } from '../codec/decode.js';
import { cxDictionary } from '../dictionaries/cx.dictionary.js';
import type { DiameterEndpoint } from '../peer/endpoint.js';
import type { LocalNode } from '../peer/local-node.js';
import type { RequestFailure } from '../peer/request-sender.js';
import { fromResult, toResult } from './cx-mapping.js';
import type {
  CxAnswer,
  CxClientHandlers,
  CxDestination,
  CxNotifications,
  CxQueries,
  CxReply,
  CxRequester,
  CxResponse,
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
  locationInfo,
  multimediaAuth,
  type Name,
  pushProfile,
  registrationTermination,
  serverAssignment,
  userAuthorization,
} from './cx-requests.js';

/** The application for `DiameterEndpoint`; `cx.commands` has the handles. */
export const cx = compileApplication(cxDictionary);

/** TS 29.229 6.1: the application inside its vendor, in every message. */
const vendorSpecificApplicationId = { 'Vendor-Id': cxDictionary.vendor, 'Auth-Application-Id': cxDictionary.id };
/** TS 29.229 5.3. */
const noStateMaintained = cxDictionary.avps['Auth-Session-State'].values.NO_STATE_MAINTAINED;

/** The generic shape of all Cx messages; the mappings make them fit their grammars. */
interface AnyCxTypes extends CommandTypes {
  readonly sentRequest: object;
  readonly request: { 'Session-Id': string; 'Origin-Host': string; 'Origin-Realm': string };
  readonly sentAnswer: object;
  readonly answer: { 'Origin-Host': string; 'Origin-Realm': string; 'Result-Code'?: number };
}

function commandOf(name: Name): Command<AnyCxTypes> {
  return cx.commands[name] as unknown as Command<AnyCxTypes>;
}

/** A mapping without its command's types. */
interface AnyMapping<TQuery, TInfo> {
  fromQuery(query: TQuery): object;
  toQuery(avps: never): TQuery & object;
  fromInfo(info: TInfo): object;
  toInfo(avps: never): TInfo & object;
}

function ask<TQuery, TInfo>(
  endpoint: DiameterEndpoint,
  name: Name,
  mapping: AnyMapping<TQuery, TInfo>,
  query: TQuery & CxDestination,
  defaults: CxDestination,
  onAnswer: (answer: CxAnswer<TInfo>) => void,
): void {
  const destinationHost = query.destinationHost ?? defaults.destinationHost;
  const destinationRealm = query.destinationRealm ?? defaults.destinationRealm ?? endpoint.local.identity.originRealm;
  const { identity } = endpoint.local;
  const avps = Object.assign(mapping.fromQuery(query), {
    'Session-Id': endpoint.newSessionId(),
    'Vendor-Specific-Application-Id': vendorSpecificApplicationId,
    'Auth-Session-State': noStateMaintained,
    'Origin-Host': identity.originHost,
    'Origin-Realm': identity.originRealm,
    'Destination-Host': destinationHost,
    'Destination-Realm': destinationRealm,
  });
  endpoint.request(commandOf(name), avps, { destinationHost, destinationRealm }, (answer) =>
    onAnswer(readAnswer(mapping, answer)),
  );
}

function readAnswer<TInfo>(
  mapping: Pick<AnyMapping<never, TInfo>, 'toInfo'>,
  answer: Answer<AnyCxTypes> | RequestFailure,
): CxAnswer<TInfo> {
  if (answer.kind !== 'message') return answer;
  const { avps } = answer;
  const responder = { originHost: avps['Origin-Host'], originRealm: avps['Origin-Realm'] };
  const info = answer.generic ? ({} as TInfo & object) : mapping.toInfo(avps as never);
  return Object.assign(info, toResult(avps), responder);
}

function serve<TQuery, TInfo>(
  endpoint: DiameterEndpoint,
  name: Name,
  mapping: AnyMapping<TQuery, TInfo>,
  handler: ((query: TQuery & CxRequester, respond: CxResponse<TInfo>) => void) | undefined,
): void {
  if (handler === undefined) return;
  endpoint.onRequest(commandOf(name), (request, responder) => {
    const respond = (reply: CxReply<TInfo>): void => {
      responder.answer(answerAvps(endpoint.local, mapping, request, reply));
    };
    const { avps } = request;
    const requester: CxRequester = {
      sessionId: avps['Session-Id'],
      originHost: avps['Origin-Host'],
      originRealm: avps['Origin-Realm'],
    };
    handler(Object.assign(mapping.toQuery(avps as never), requester), respond);
  });
}

function answerAvps<TInfo>(
  { identity }: LocalNode,
  mapping: Pick<AnyMapping<never, TInfo>, 'fromInfo'>,
  request: Request<AnyCxTypes>,
  reply: CxReply<TInfo>,
): object {
  return Object.assign(mapping.fromInfo(reply), fromResult(reply), {
    'Session-Id': request.avps['Session-Id'],
    'Vendor-Specific-Application-Id': vendorSpecificApplicationId,
    'Auth-Session-State': noStateMaintained,
    'Origin-Host': identity.originHost,
    'Origin-Realm': identity.originRealm,
    // RFC 6733 6.2
    'Proxy-Info': (request.avps as { 'Proxy-Info'?: unknown })['Proxy-Info'],
  });
}

/** The asking side: I-CSCF and S-CSCF. Callbacks run once, never synchronously. */
export class CxClient implements CxQueries {
  /** `defaults` is where requests go that name no destination; without a realm, to the endpoint's own. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    private readonly defaults: CxDestination = {},
  ) {}

  userAuthorization(
    query: UserAuthorizationQuery & CxDestination,
    onAnswer: (answer: UserAuthorizationAnswer) => void,
  ): void {
    ask(this.endpoint, 'User-Authorization', userAuthorization, query, this.defaults, onAnswer);
  }

  multimediaAuth(query: MultimediaAuthQuery & CxDestination, onAnswer: (answer: MultimediaAuthAnswer) => void): void {
    ask(this.endpoint, 'Multimedia-Auth', multimediaAuth, query, this.defaults, onAnswer);
  }

  serverAssignment(
    query: ServerAssignmentQuery & CxDestination,
    onAnswer: (answer: ServerAssignmentAnswer) => void,
  ): void {
    ask(this.endpoint, 'Server-Assignment', serverAssignment, query, this.defaults, onAnswer);
  }

  locationInfo(query: LocationInfoQuery & CxDestination, onAnswer: (answer: LocationInfoAnswer) => void): void {
    ask(this.endpoint, 'Location-Info', locationInfo, query, this.defaults, onAnswer);
  }

  /** What the HSS may tell a CSCF unasked: RTR and PPR. */
  serve(handlers: CxClientHandlers): void {
    const { registrationTermination: onTermination, pushProfile: onProfile } = handlers;
    serve(this.endpoint, 'Registration-Termination', registrationTermination, onTermination?.bind(handlers));
    serve(this.endpoint, 'Push-Profile', pushProfile, onProfile?.bind(handlers));
  }
}

/** The answering side: the HSS. */
export class CxServer implements CxNotifications {
  /** A procedure without a handler is answered with 3001 COMMAND_UNSUPPORTED. */
  constructor(
    private readonly endpoint: DiameterEndpoint,
    handlers: CxServerHandlers,
  ) {
    serve(endpoint, 'User-Authorization', userAuthorization, handlers.userAuthorization?.bind(handlers));
    serve(endpoint, 'Multimedia-Auth', multimediaAuth, handlers.multimediaAuth?.bind(handlers));
    serve(endpoint, 'Server-Assignment', serverAssignment, handlers.serverAssignment?.bind(handlers));
    serve(endpoint, 'Location-Info', locationInfo, handlers.locationInfo?.bind(handlers));
  }

  registrationTermination(
    query: RegistrationTerminationQuery & Required<CxDestination>,
    onAnswer: (answer: RegistrationTerminationAnswer) => void,
  ): void {
    ask(this.endpoint, 'Registration-Termination', registrationTermination, query, {}, onAnswer);
  }

  pushProfile(query: PushProfileQuery & Required<CxDestination>, onAnswer: (answer: PushProfileAnswer) => void): void {
    ask(this.endpoint, 'Push-Profile', pushProfile, query, {}, onAnswer);
  }
}
