/**
 * Requests and answers of the 3GPP applications without sessions: the AVPs that are the same in all of their messages, and the
 * calls that typed facades are made of (TS 29.229 6.1, TS 29.329 6.1).
 */
import type { Command, CommandTypes, CompiledApplication } from '../codec/compiled-application.js';
import type { Answer } from '../codec/decode.js';
import type { Application, AvpsOf, Direction } from '../dictionaries/application.js';
import type { requestHead } from '../dictionaries/stateless-heads.js';
import type { DiameterEndpoint } from '../peer/endpoint.js';
import type { LocalNode } from '../peer/local-node.js';
import type { RequestFailure } from '../peer/request-sender.js';
import { fromSupportedFeatures } from './cx-mapping.js';
import { putResult, takeResult } from './result-avps.js';
import type {
  DiameterAnswer,
  DiameterDefaults,
  DiameterDestination,
  DiameterReply,
  DiameterRequester,
  DiameterRespond,
} from './stateless-messages.js';
import { asksForFeatures, type Features, featureUnsupported, requiresMore } from './supported-features.js';

/** NO_STATE_MAINTAINED (TS 29.229 5.3, TS 29.329 5.3). */
const noStateMaintained = 1;
/** DIAMETER_UNABLE_TO_DELIVER. */
const unableToDeliver = 3002;

/** The generic shape of all messages; the mappings make them fit their grammars. */
interface AnyTypes extends CommandTypes {
  readonly sentRequest: object;
  readonly request: { 'Session-Id': string; 'Origin-Host': string; 'Origin-Realm': string; 'Proxy-Info'?: unknown };
  readonly sentAnswer: object;
  readonly answer: { 'Origin-Host': string; 'Origin-Realm': string; 'Result-Code'?: number };
}

/** A mapping without its command's types. */
interface AnyMapping<TQuery, TInfo> {
  fromQuery(query: TQuery): object;
  toQuery(avps: never): TQuery & object;
  fromInfo(info: TInfo): object;
  toInfo(avps: never): TInfo & object;
}

/** AVPs that are the same in all messages and that `Exchange` fills in. */
type HeadNames = keyof typeof requestHead;

/** The AVPs of a command of an application, in the request or the answer. */
export type CommandAvps<
  A extends Application,
  N extends keyof A['commands'],
  W extends 'request' | 'answer',
  D extends Direction,
> = AvpsOf<A['avps'], A['commands'][N][W], D>;

/** How one command maps, in all four directions. */
export interface Mapping<A extends Application, N extends keyof A['commands'], TQuery, TInfo> {
  readonly fromQuery: (query: TQuery) => Omit<CommandAvps<A, N, 'request', 'sent'>, HeadNames>;
  readonly toQuery: (avps: CommandAvps<A, N, 'request', 'received'>) => TQuery;
  readonly fromInfo: (info: TInfo) => Omit<CommandAvps<A, N, 'answer', 'sent'>, HeadNames>;
  readonly toInfo: (avps: CommandAvps<A, N, 'answer', 'received'>) => TInfo;
}

/** One application's exchanges, whoever asks. */
export class Exchange<TName extends string> {
  readonly #commands: Readonly<Record<TName, Command<AnyTypes>>>;
  /** TS 29.229 6.1: the application inside its vendor, in every message. */
  readonly #vendorSpecificApplicationId: object;

  constructor({ id, vendor, commands }: Pick<CompiledApplication, 'id' | 'vendor'> & { readonly commands: object }) {
    this.#commands = commands as Readonly<Record<TName, Command<AnyTypes>>>;
    this.#vendorSpecificApplicationId = { 'Vendor-Id': vendor, 'Auth-Application-Id': id };
  }

  ask<TQuery, TInfo>(
    endpoint: DiameterEndpoint,
    name: TName,
    mapping: AnyMapping<TQuery, TInfo>,
    query: TQuery & DiameterDestination,
    defaults: DiameterDefaults,
    onAnswer: (answer: DiameterAnswer<TInfo>) => void,
  ): void {
    const destinationHost = query.destinationHost ?? defaults.destinationHost;
    const destinationRealm = query.destinationRealm ?? defaults.destinationRealm ?? endpoint.local.identity.originRealm;
    const { identity } = endpoint.local;
    // One by one here and below: Object.assign looks each name up.
    const avps = mapping.fromQuery(query) as Record<string, unknown>;
    avps['Session-Id'] = endpoint.newSessionId();
    avps['Vendor-Specific-Application-Id'] = this.#vendorSpecificApplicationId;
    avps['Auth-Session-State'] = noStateMaintained;
    avps['Origin-Host'] = identity.originHost;
    avps['Origin-Realm'] = identity.originRealm;
    avps['Destination-Host'] = destinationHost;
    avps['Destination-Realm'] = destinationRealm;
    endpoint.request(this.#commands[name], avps, { destinationHost, destinationRealm }, (answer) => {
      const read = readAnswer(mapping, answer);
      if (query.destinationHost !== undefined && defaults.fallsBack === true && isUndelivered(read)) {
        this.ask(endpoint, name, mapping, { ...query, destinationHost: undefined }, defaults, onAnswer);
      } else onAnswer(read);
    });
  }

  serve<TQuery, TInfo>(
    endpoint: DiameterEndpoint,
    name: TName,
    mapping: AnyMapping<TQuery, TInfo>,
    handler: ((query: TQuery & DiameterRequester, respond: DiameterRespond<TInfo>) => void) | undefined,
    features?: Features,
  ): void {
    if (handler === undefined) return;
    endpoint.onRequest(this.#commands[name], (request, responder) => {
      const { avps: asked } = request;
      const sessionId = asked['Session-Id'];
      const isNegotiated = features !== undefined && asksForFeatures(request);
      const respond = (reply: DiameterReply<TInfo>): void => {
        const avps: Record<string, unknown> = this.#answerAvps(endpoint.local, mapping, asked, sessionId, reply);
        // TS 29.229 7.2.1: the complete set, where the request has one.
        if (isNegotiated) avps['Supported-Features'] ??= [fromSupportedFeatures(features)];
        responder.answer(avps);
      };
      if (isNegotiated && requiresMore(request, features)) {
        respond(featureUnsupported as DiameterReply<TInfo>);
        return;
      }
      const query = mapping.toQuery(asked as never) as TQuery & Writable<DiameterRequester>;
      query.sessionId = sessionId;
      query.originHost = asked['Origin-Host'];
      query.originRealm = asked['Origin-Realm'];
      handler(query, respond);
    });
  }

  #answerAvps<TInfo>(
    { identity }: LocalNode,
    mapping: Pick<AnyMapping<never, TInfo>, 'fromInfo'>,
    asked: { readonly 'Proxy-Info'?: unknown },
    sessionId: string,
    reply: DiameterReply<TInfo>,
  ): Record<string, unknown> {
    const avps = mapping.fromInfo(reply) as Record<string, unknown>;
    putResult(reply, avps);
    avps['Session-Id'] = sessionId;
    avps['Vendor-Specific-Application-Id'] = this.#vendorSpecificApplicationId;
    avps['Auth-Session-State'] = noStateMaintained;
    avps['Origin-Host'] = identity.originHost;
    avps['Origin-Realm'] = identity.originRealm;
    // RFC 6733 6.2
    avps['Proxy-Info'] = asked['Proxy-Info'];
    return avps;
  }
}

/** Nobody has carried it out whom it was meant for (RFC 6733 7.1.3). */
function isUndelivered(answer: DiameterAnswer<object>): boolean {
  return answer.kind === 'unreachable' || (answer.kind === 'error' && answer.resultCode === unableToDeliver);
}

function readAnswer<TInfo>(
  mapping: Pick<AnyMapping<never, TInfo>, 'toInfo'>,
  answer: Answer<AnyTypes> | RequestFailure,
): DiameterAnswer<TInfo> {
  if (answer.kind !== 'message') return answer;
  const { avps } = answer;
  const read = (answer.generic ? {} : mapping.toInfo(avps as never)) as Record<string, unknown>;
  takeResult(avps, read);
  read.originHost = avps['Origin-Host'];
  read.originRealm = avps['Origin-Realm'];
  return read as unknown as DiameterAnswer<TInfo>;
}

/** As its maker still sees it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };
