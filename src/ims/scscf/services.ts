/**
 * The services of a user: an initial request passes the application servers whose filter criteria it meets, one after the other,
 * and comes back each time with the original dialog identifier that it was given. TS 24.229 §5.4.3.2, §5.4.3.3; TS 23.218 5.2, 6.3.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';
import { bodyOfType, type Forwarding, type SipResponse } from '../../sip/index.js';
import type { LegBehaviour, LegSide, Trial } from '../session/session-table.js';
import type { InitialFilterCriterion, SessionCase } from '../subscription/filter-criteria.js';
import { criteriaOf, type FilterRequest, nextMatch } from '../subscription/matching-criteria.js';
import type { ServedUser } from './served-user.js';
import { serviceInvocation } from './service-invocation.machine.js';
import { serviceLeg } from './service-leg.js';

/** What the identifier in the Route value for an application server begins with; one that is not known any more is still one. */
const identifierPrefix = 'odi-';

/**
 * How long a server may say nothing at all. TS 24.229 §5.4.3.2 leaves it to the operator; as an I-CSCF waits for an S-CSCF, and
 * long before whoever asked gives up.
 */
const answerWithinMs = 5_000;

/** One user's part in the way of one initial request. */
export interface Evaluation {
  readonly side: LegSide;
  readonly sessionCase: SessionCase;
  readonly user: ServedUser;
  /** The user's identity that the request is from or for. */
  readonly identity: string;
  /** Those of the service profile when the evaluation began, in the order of use (CX-58). */
  readonly criteria: readonly InitialFilterCriterion[];
  /** The request as it came from or for the user; from each server comes another one. */
  readonly opening: RoutedRequest;
  /** What the leg of `opening` does beside, where it is the one next to the user. */
  readonly nearUser?: Partial<LegBehaviour>;
  /** After the last of the servers, or without any. */
  complete(routed: RoutedRequest): void;
  /** A server has sent the request to somebody else. Absent: that is its right, and nothing ends. */
  readonly diversion?: {
    isDiverted(routed: RoutedRequest): boolean;
    divert(routed: RoutedRequest): void;
  };
}

/** The criteria of the identity that is served, as they stand now. TS 24.229 §5.4.3.2: none for an emergency. */
export function criteriaFor({ profile }: ServedUser, identity: string, { working }: RoutedRequest) {
  if (profile === undefined || working.requestUri.startsWith('urn:')) return [];
  return criteriaOf(profile, identity);
}

export class Services {
  readonly #chassis: Chassis;
  readonly #homeDomain: string;
  readonly #forward: (side: LegSide, leg: LegBehaviour, routed: RoutedRequest) => void;
  readonly #invocations = new Map<string, Invocation>();
  #lastNumber = 0;

  /** `forward` sends an initial request on as a leg of its own. */
  constructor(
    chassis: Chassis,
    homeDomain: string,
    forward: (side: LegSide, leg: LegBehaviour, routed: RoutedRequest) => void,
  ) {
    this.#chassis = chassis;
    this.#homeDomain = homeDomain;
    this.#forward = forward;
  }

  get count(): number {
    return this.#invocations.size;
  }

  static isIdentifier(user: string | undefined): boolean {
    return user?.startsWith(identifierPrefix) === true;
  }

  begin(evaluation: Evaluation): void {
    this.#pass(evaluation, 0, evaluation.opening);
  }

  /** A request with an original dialog identifier. False: with none that stands (CALL-03). */
  resume(routed: RoutedRequest): boolean {
    const invocation = this.#invocations.get(routed.ownRoute?.uri.user ?? '');
    invocation?.forwarding?.heard();
    invocation?.machine.send({ type: 'isc.returned', request: routed });
    return invocation !== undefined;
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const { machine } of [...this.#invocations.values()]) machine.stop();
  }

  #pass(evaluation: Evaluation, from: number, routed: RoutedRequest): void {
    const { criteria } = evaluation;
    const position = from < criteria.length ? nextMatch(criteria, from, filterRequest(evaluation, routed)) : -1;
    if (position === -1) evaluation.complete(routed);
    else this.#invoke(evaluation, position, routed);
  }

  #invoke(evaluation: Evaluation, position: number, routed: RoutedRequest): void {
    this.#lastNumber++;
    const { environment, sip } = this.#chassis;
    // A new one each time: with an old one the second server's request would look like the first one's that loops.
    const identifier = `${identifierPrefix}${this.#lastNumber}-${environment.random.bytes(8).toString('hex')}`;
    const onDone = (): void => {
      this.#invocations.delete(identifier);
    };
    const invocation = new Invocation(this.#chassis, effects, onDone, this, evaluation, position, identifier);
    this.#invocations.set(identifier, invocation);
    const way = { homeDomain: this.#homeDomain, returnRoute: `<${sip.ownUri(identifier)};lr>` };
    const goOn = (): void => this.#pass(evaluation, position + 1, routed);
    const { applicationServer } = evaluation.criteria[position]!;
    const leg = serviceLeg(way, evaluation, applicationServer, routed);
    const near = routed === evaluation.opening ? evaluation.nearUser : undefined;
    this.#forward(evaluation.side, { ...leg, ...near, trial: new ServerTrial(invocation, goOn) }, routed);
  }

  /** For the machine. */
  returned(request: RoutedRequest, { evaluation, position }: Invocation): void {
    const { diversion } = evaluation;
    if (diversion?.isDiverted(request) === true) diversion.divert(request);
    else this.#pass(evaluation, position + 1, request);
  }

  /** For the machine. */
  reportFailure(why: string, { evaluation, position, machine }: Invocation): void {
    const { serverName } = evaluation.criteria[position]!.applicationServer;
    const ends = !machine.context.continues;
    this.#chassis.explain({
      what: ends ? 'cause.applicationServerUnreachable' : 'info.applicationServerUnreachable',
      text: `application server ${serverName} does not serve ${evaluation.identity}: ${why}; its default handling ${ends ? 'ends the request' : 'lets the request go on without it'}`,
      clause: `TS 24.229 ${evaluation.side === 'mo' ? '§5.4.3.2' : '§5.4.3.3'}, CALL-04`,
    });
  }
}

/** One request at one application server. */
class Invocation {
  readonly machine: Instance<typeof serviceInvocation>;
  forwarding: Forwarding | undefined;

  constructor(
    chassis: Chassis,
    effectsOfAll: EffectsOf<typeof serviceInvocation, Invocation>,
    onDone: () => void,
    readonly services: Services,
    readonly evaluation: Evaluation,
    readonly position: number,
    readonly identifier: string,
  ) {
    const { defaultHandling } = evaluation.criteria[position]!.applicationServer;
    this.machine = chassis.host.create(serviceInvocation, {
      id: `serviceInvocation:${identifier}`,
      input: { continues: defaultHandling === 'continue' },
      owner: this as Invocation,
      effects: effectsOfAll,
      onDone,
    });
  }
}

const effects: EffectsOf<typeof serviceInvocation, Invocation> = {
  resume: ({ request }, invocation) => invocation.services.returned(request, invocation),
  reportSkipped: ({ why }, invocation) => invocation.services.reportFailure(why, invocation),
  reportTerminated: ({ why }, invocation) => invocation.services.reportFailure(why, invocation),
};

/** What comes of the request at the server, for its machine. */
class ServerTrial implements Trial {
  readonly answerWithinMs = answerWithinMs;

  constructor(
    private readonly invocation: Invocation,
    private readonly goOn: () => void,
  ) {}

  onForwarded(forwarding: Forwarding): void {
    this.invocation.forwarding = forwarding;
  }

  onProvisional(): void {
    this.invocation.machine.send({ type: 'sip.provisional' });
  }

  onCancel(): void {
    this.invocation.machine.send({ type: 'sip.cancel' });
  }

  onFinal({ status, reason }: SipResponse, generated: boolean): (() => void) | undefined {
    const { machine } = this.invocation;
    // CALL-04: other responses are the server's word.
    if (status === 408 || (status >= 500 && status < 600)) {
      const why = generated ? silences[status === 408 ? 'silent' : 'unreachable'] : `it answered ${status} ${reason}`;
      machine.send({ type: 'sip.failed', why });
    } else machine.send({ type: 'sip.final' });
    return machine.state === 'skipped' ? this.goOn : undefined;
  }
}

const silences = { silent: 'it did not answer', unreachable: 'it cannot be reached' } as const;

/** What criteria look at: the request as it is on its way. */
function filterRequest({ sessionCase, user }: Evaluation, { working }: RoutedRequest): FilterRequest {
  return {
    method: working.method,
    requestUri: working.requestUri,
    values: (header) => working.values(header),
    sessionCase,
    isServedUserRegistered: user.isRegistered,
    sdp: bodyOfType(working, 'application/sdp'),
  };
}
