/** Which initial filter criteria a request meets. Pure. TS 23.218 5.2, TS 29.228 B.2.2 and B.2.3; rules CX-50 to CX-58. */
import type {
  InitialFilterCriterion,
  RegistrationType,
  ServicePoint,
  ServicePointTrigger,
  SessionCase,
  TriggerPoint,
} from './filter-criteria.js';
import { matchingIdentity } from './matching-identity.js';
import { extendedRegularExpression } from './regular-expression.js';
import type { ServiceProfile } from './subscriber.js';
import type { UserProfile } from './user-data.js';

/** What criteria look at. A SIP request of this project has `method` and `values`. */
export interface FilterRequest {
  readonly method: string;
  /** The text of the Request-URI. */
  readonly requestUri: string;
  /** Values of a header, by either form of its name in any case; none where it is absent. */
  values(header: string): readonly string[];
  readonly sessionCase: SessionCase;
  /** Of a REGISTER. */
  readonly registrationType?: RegistrationType;
  /** Where the session case leaves it open (4); registered unless said otherwise. */
  readonly isServedUserRegistered?: boolean;
  /** The SDP body. */
  readonly sdp?: string;
}

/** The criteria that a REGISTER meets, in the order of use (CX-50); of a whole user profile, service profile by service profile. */
export function matchingCriteria(
  profile: UserProfile | ServiceProfile,
  request: FilterRequest,
): readonly InitialFilterCriterion[] {
  if ('serviceProfiles' in profile) return profile.serviceProfiles.flatMap((each) => matchingCriteria(each, request));
  return profile.filterCriteria.filter((criterion) => matches(criterion, request));
}

/**
 * The position of the next one that a request meets on its way from server to server, `from` included; -1: none. Each server
 * may have changed the request, so that it is asked anew; `criteria` is the list of when the way began (CX-58, TS 23.218 5.2.3).
 */
export function nextMatch(criteria: readonly InitialFilterCriterion[], from: number, request: FilterRequest): number {
  for (let position = from; position < criteria.length; position++) {
    if (matches(criteria[position]!, request)) return position;
  }
  return -1;
}

/** The criteria of one identity of a user, in the order of use: those of its service profile, and of no other (TS 29.228 B.2.1). */
export function criteriaOf(profile: UserProfile, publicIdentity: string): readonly InitialFilterCriterion[] {
  const { serviceProfiles } = profile;
  if (serviceProfiles.every(({ filterCriteria }) => filterCriteria.length === 0)) return [];
  const identity = matchingIdentity(profile.publicIdentities, publicIdentity);
  const own = identity && serviceProfiles.find(({ publicIdentities }) => publicIdentities.includes(identity));
  return own?.filterCriteria ?? [];
}

/** What of a profile's criteria can never be true, one sentence each, for the log (CX-57). */
export function brokenTriggers({ serviceProfiles }: UserProfile): readonly string[] {
  return serviceProfiles.flatMap(({ filterCriteria }) =>
    filterCriteria.flatMap(({ priority, triggerPoint }) =>
      (triggerPoint?.triggers ?? []).flatMap(({ point }) => {
        const problem = brokenPoint(point);
        return problem === undefined ? [] : [`the filter criterion of priority ${priority} has ${problem}`];
      }),
    ),
  );
}

function brokenPoint(point: ServicePoint): string | undefined {
  if (point.kind === 'unknown') return point.what;
  const expression = point.kind === 'requestUri' ? point.pattern : 'content' in point ? point.content : undefined;
  if (expression === undefined || extendedRegularExpression(expression) !== undefined) return undefined;
  return `'${expression}', which is no extended regular expression`;
}

function matches({ profilePart, triggerPoint }: InitialFilterCriterion, request: FilterRequest): boolean {
  // CX-56
  if (profilePart !== undefined && (profilePart === 'registered') !== isRegistered(request)) return false;
  return triggerPoint === undefined || isTriggered(triggerPoint, request);
}

function isRegistered({ sessionCase, isServedUserRegistered }: FilterRequest): boolean {
  if (sessionCase === 4) return isServedUserRegistered ?? true;
  return sessionCase === 0 || sessionCase === 1;
}

/** CX-51: in conjunctive form every group needs one that is true, in disjunctive form one group needs all of them. */
function isTriggered({ form, triggers }: TriggerPoint, request: FilterRequest): boolean {
  const isConjunctive = form === 'cnf';
  const groups = new Map<number, boolean>();
  for (const trigger of triggers) {
    const isTrue = holds(trigger, request);
    for (const group of trigger.groups) {
      const before = groups.get(group) ?? !isConjunctive;
      groups.set(group, isConjunctive ? before || isTrue : before && isTrue);
    }
  }
  const values = [...groups.values()];
  return isConjunctive ? values.every(Boolean) : values.some(Boolean);
}

/** CX-51: negated before it is combined; CX-57: what is broken is false before that. */
function holds({ point, negated }: ServicePointTrigger, request: FilterRequest): boolean {
  return isTrue(point, request) !== negated;
}

function isTrue(point: ServicePoint, request: FilterRequest): boolean {
  switch (point.kind) {
    case 'requestUri': // CX-54: a URI, whose `+` would be a repetition, or an expression
      return (
        request.requestUri.includes(point.pattern) ||
        found(point.pattern, request.requestUri) ||
        found(point.pattern, targetOf(request.requestUri))
      );
    case 'method': // CX-52
      if (point.method !== request.method) return false;
      return request.method !== 'REGISTER' || isOfType(point.registrationTypes, request.registrationType);
    case 'sipHeader': {
      // CX-53
      const values = request.values(point.header);
      const { content } = point;
      return content === undefined ? values.length > 0 : values.some((value) => found(content, value));
    }
    case 'sessionCase': // CX-55
      return point.sessionCase === request.sessionCase;
    case 'sessionDescription': // CX-53
      return isDescribed(point.line, point.content, request.sdp);
    case 'unknown': // CX-57
      return false;
  }
}

/** TS 29.228 Table F.1: host and port of a SIP URI, the number of a tel URI: what `^` and `$` of an expression may mean, too. */
function targetOf(requestUri: string): string {
  const target = requestUri.slice(requestUri.indexOf(':') + 1).split(/[;?]/, 1)[0]!;
  return target.slice(target.lastIndexOf('@') + 1);
}

function isOfType(types: readonly RegistrationType[], type: RegistrationType | undefined): boolean {
  return types.length === 0 || (type !== undefined && types.includes(type));
}

function isDescribed(line: string, content: string | undefined, sdp: string | undefined): boolean {
  if (sdp === undefined) return false;
  const prefix = `${line}=`;
  return sdp
    .split(/\r?\n/)
    .some((each) => each.startsWith(prefix) && (content === undefined || found(content, each.slice(prefix.length))));
}

function found(expression: string, text: string): boolean {
  return extendedRegularExpression(expression)?.test(text) === true;
}
