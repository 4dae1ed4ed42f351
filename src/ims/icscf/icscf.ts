/**
 * I-CSCF: finds out from the HSS which S-CSCF serves a user, and sends the request there. It keeps nothing after the
 * final response. TS 24.229 §5.3; Cx per TS 29.228 §6.1.
 */
import { CxClient, type LocationInfoAnswer, type UserAuthorizationAnswer } from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis, NetworkFunction, RoutedRequest } from '../../node/index.js';
import { parseCredentials } from '../../sip/auth/index.js';
import {
  type Destination,
  type ForwardInfo,
  type Forwarding,
  parseUri,
  type SipRequest,
  type SipResponse,
  unquote,
} from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { IcscfConfig } from './config.js';
import { type JudgedAnswer, judgeLocationInfo, judgeUserAuthorization } from './cx-outcome.js';
import { locationQuery } from './location-query.machine.js';
import { type AuthorizationType, registrationQuery } from './registration-query.machine.js';
import { selectServers } from './server-selection.js';

/** A request in hand, and the machine that decides on it. */
interface Query<TMachine extends typeof registrationQuery | typeof locationQuery> {
  readonly routed: RoutedRequest;
  machine: Instance<TMachine>;
}

interface ReturningResponse {
  readonly response: SipResponse;
  readonly forwarding: Forwarding;
}

/** UAR's User-Authorization-Type (TS 29.229 6.3.24). */
const authorizationTypes = {
  registration: 'REGISTRATION',
  deregistration: 'DE_REGISTRATION',
  registrationAndCapabilities: 'REGISTRATION_AND_CAPABILITIES',
} as const;

/**
 * How long a chosen S-CSCF may be silent before another one is looked for. The specification waits for timer F, but by
 * then the P-CSCF's own has expired as well and nobody would hear of the new choice (RFC 4320).
 */
const answerWithinMs = 5_000;

export function icscf(chassis: Chassis, config: IcscfConfig): NetworkFunction {
  const cx = new CxClient(chassis.diameter, { destinationRealm: config.diameter.originRealm });
  let activeCount = 0;
  let turn = 0;
  let queryNumber = 0;

  const select = (required: Parameters<typeof selectServers>[0]): readonly string[] => {
    turn++;
    return selectServers(required, config.servingCandidates, turn - 1);
  };

  const judged = ({ outcome, cause }: JudgedAnswer, identity: string) => {
    if (cause !== undefined)
      chassis.explain(cause.what, `${chassis.name}: for ${identity} ${cause.text}`, cause.clause);
    return outcome;
  };

  const destinationsOf = (serverName: string): readonly Destination[] => {
    const uri = parseUri(serverName);
    return uri === undefined ? [] : chassis.sip.resolveUri(uri);
  };

  const serverSilent = (serverName: string, response: SipResponse): void =>
    chassis.explain(
      'cause.servingNodeUnreachable',
      `${chassis.name}: S-CSCF ${serverName} did not serve the request (${response.status} ${response.reason}): is it running?`,
      'TS 24.229 §5.3.1.3 and §5.3.2.2',
    );

  const registrationEffects = {
    queryHss: (
      { authorizationType }: { authorizationType: AuthorizationType },
      query: Query<typeof registrationQuery>,
    ) => {
      const { message } = query.routed.server;
      const publicIdentity = canonicalIdentity(message.to.uri.text) ?? message.to.uri.text;
      cx.userAuthorization(
        {
          userName: privateIdentityOf(message),
          publicIdentity,
          visitedNetworkIdentifier: unquote(message.header('P-Visited-Network-ID') ?? config.homeDomain),
          userAuthorizationType: authorizationTypes[authorizationType],
        },
        (answer: UserAuthorizationAnswer) =>
          query.machine.send({
            type: 'cx.uaa',
            outcome: judged(judgeUserAuthorization(answer, select), publicIdentity),
          }),
      );
    },
    forwardRegister: ({ serverName }: { serverName: string }, query: Query<typeof registrationQuery>) =>
      chassis.proxy.forward(
        query.routed.server,
        query.routed.working,
        // REG-31: the S-CSCF's URI; neither Path nor Record-Route.
        [{ edit: (editor) => editor.requestUri(serverName), destinations: destinationsOf(serverName), answerWithinMs }],
        {
          onResponse: (response, info) => {
            const returning: ReturningResponse = { response, forwarding: info.forwarding };
            if (query.machine.done) return info.forwarding.relay(response);
            if (response.status < 200) return query.machine.send({ type: 'sip.provisional', response: returning });
            const unavailable = cannotServe(response, info);
            if (unavailable) serverSilent(serverName, response);
            query.machine.send({ type: 'sip.response', response: returning, unavailable });
          },
        },
      ),
    relayResponse,
    respond: ({ status }: { status: number }, query: Query<typeof registrationQuery>) =>
      query.routed.server.reply(status),
  };

  const locationEffects = {
    queryHss: (
      { originating, capabilities }: { originating: boolean; capabilities: boolean },
      query: Query<typeof locationQuery>,
    ) => {
      const identity = locatedIdentity(query.routed.working, originating);
      cx.locationInfo(
        {
          publicIdentity: identity,
          ...(originating ? { originatingRequest: true } : {}),
          ...(capabilities ? { userAuthorizationType: authorizationTypes.registrationAndCapabilities } : {}),
        },
        (answer: LocationInfoAnswer) =>
          query.machine.send({ type: 'cx.lia', outcome: judged(judgeLocationInfo(answer, select), identity) }),
      );
    },
    forwardRequest: ({ serverName }: { serverName: string }, query: Query<typeof locationQuery>) =>
      chassis.proxy.forward(
        query.routed.server,
        query.routed.working,
        // TS 24.229 §5.3.2.1: the S-CSCF goes into Route, the Request-URI stays; no Record-Route.
        [
          {
            edit: (editor) => editor.prepend('Route', routeTo(serverName, query.routed)),
            destinations: destinationsOf(serverName),
            answerWithinMs,
          },
        ],
        {
          onResponse: (response, info) => {
            const returning: ReturningResponse = { response, forwarding: info.forwarding };
            if (query.machine.done) return info.forwarding.relay(response);
            if (response.status < 200) return query.machine.send({ type: 'sip.provisional', response: returning });
            // Only what the I-CSCF made itself: a 480 of the S-CSCF is about the callee here.
            if (info.generated) serverSilent(serverName, response);
            query.machine.send({ type: 'sip.response', response: returning, unavailable: info.generated });
          },
        },
      ),
    relayResponse,
    respond: ({ status }: { status: number }, query: Query<typeof locationQuery>) => query.routed.server.reply(status),
  };

  return {
    get activeCount() {
      return activeCount;
    },
    procedures: [
      {
        name: 'registration',
        accepts: ({ server }) => server.message.method === 'REGISTER',
        begin: (routed) => {
          activeCount++;
          queryNumber++;
          const query = { routed } as Query<typeof registrationQuery>;
          query.machine = chassis.host.create(registrationQuery, {
            id: `registrationQuery:${queryNumber}`,
            input: { authorizationType: deregisters(routed.server.message) ? 'deregistration' : 'registration' },
            owner: query,
            effects: registrationEffects,
            onDone: () => activeCount--,
          });
        },
      },
      {
        name: 'location',
        accepts: ({ server }) => !server.isAck && server.message.toTag === undefined,
        begin: (routed) => {
          activeCount++;
          queryNumber++;
          const query = { routed } as Query<typeof locationQuery>;
          // CALL-02: an AS asks for originating services with `orig` on our Route.
          const originating = routed.ownRoute?.uri.parameters.has('orig') ?? false;
          routed.server.onCancel(() => query.machine.send({ type: 'sip.cancel' }));
          query.machine = chassis.host.create(locationQuery, {
            id: `locationQuery:${queryNumber}`,
            input: { originating },
            owner: query,
            effects: locationEffects,
            onDone: () => activeCount--,
          });
        },
      },
    ],
  };
}

function relayResponse({ response }: { response: unknown }): void {
  const { response: message, forwarding } = response as ReturningResponse;
  forwarding.relay(message);
}

/** TS 24.229 §5.3.1.3: no answer, 3xx or 480 of the S-CSCF lets the I-CSCF choose another one (REG-32). */
function cannotServe(response: SipResponse, info: ForwardInfo): boolean {
  return info.generated || response.status === 480 || (response.status >= 300 && response.status < 400);
}

/** IMPI: the username of Authorization, else derived from To (REG-30, TS 24.229 §5.3.1.2). */
function privateIdentityOf(message: SipRequest): string {
  const authorization = message.header('Authorization');
  const username = authorization === undefined ? undefined : parseCredentials(authorization)?.username;
  if (username !== undefined && username !== '') return username;
  const { uri } = message.to;
  return uri.user === undefined ? uri.host : `${uri.user}@${uri.host}`;
}

/** All contacts are removed (REG-30). */
function deregisters(message: SipRequest): boolean {
  const { contacts, expires } = message;
  if (contacts === '*') return true;
  if (contacts.length === 0) return false;
  return contacts.every((contact) => Number(contact.parameters.get('expires') ?? expires ?? 1) === 0);
}

/** The served user: of the Request-URI, or of P-Served-User or P-Asserted-Identity where originating (CALL-02). */
function locatedIdentity(request: SipRequest, originating: boolean): string {
  const address = originating
    ? (request.address('P-Served-User') ?? request.addresses('P-Asserted-Identity')[0])
    : undefined;
  const uri = address?.uri ?? request.uri;
  return canonicalIdentity(uri.text) ?? uri.text;
}

function routeTo(serverName: string, routed: RoutedRequest): string {
  const orig = routed.ownRoute?.uri.parameters.has('orig') ? ';orig' : '';
  return `<${serverName};lr${orig}>`;
}
