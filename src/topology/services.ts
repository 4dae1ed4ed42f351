/** The services of a subscriber file → initial filter criteria (TS 29.228 B.2.2). */
import type { Services } from '../ims/hss/profile-change.js';
import type {
  InitialFilterCriterion,
  ServicePoint,
  ServicePointTrigger,
  SessionCase,
  TriggerPoint,
} from '../ims/subscription/filter-criteria.js';
import type { ConditionInput, ServiceInput } from './subscriber-schema.js';

export const sessionCases = {
  originating: 0,
  terminating: 1,
  'terminating-unregistered': 2,
  'originating-unregistered': 3,
  diverted: 4,
} as const satisfies Record<NonNullable<ConditionInput['session-case']>, SessionCase>;

export function toServices(input: Readonly<Record<string, ServiceInput>>, home: string): Services {
  return new Map(Object.entries(input).map(([name, service]) => [name, [toCriterion(service, home)]]));
}

/** The SIP URI of an application server; of a node of the topology, with the name that resolvers know. */
export function applicationServerUri(as: string, home: string): string {
  return as.includes(':') ? as : `sip:${as}.${home};lr`;
}

function toCriterion(service: ServiceInput, home: string): InitialFilterCriterion {
  const { priority, on, form = 'dnf', include = [] } = service;
  const serviceInfo = service['service-info'];
  return {
    priority,
    ...(on !== undefined && { triggerPoint: toTriggerPoint(on, form) }),
    applicationServer: {
      serverName: applicationServerUri(service.as, home),
      defaultHandling: service['default-handling'] ?? 'continue',
      ...(serviceInfo !== undefined && { serviceInfo }),
      includeRegisterRequest: include.includes('request'),
      includeRegisterResponse: include.includes('response'),
    },
    ...(service.while !== undefined && { profilePart: service.while }),
    ...(service.shared !== undefined && { sharedSet: service.shared }),
    ...(service.dsai !== undefined && { serviceTags: service.dsai }),
  };
}

/** One group an entry (CX-51). */
function toTriggerPoint(on: readonly ConditionInput[], form: TriggerPoint['form']): TriggerPoint {
  return {
    form,
    triggers: on.flatMap(({ not, ...own }, group) => [
      ...toTriggers(own, group, false),
      ...toTriggers(not ?? {}, group, true),
    ]),
  };
}

function toTriggers(
  input: Omit<ConditionInput, 'not'>,
  group: number,
  negated: boolean,
): readonly ServicePointTrigger[] {
  const points: ServicePoint[] = [];
  const { method, registration = [], uri, headers = {}, sdp = {} } = input;
  const sessionCase = input['session-case'];
  if (method !== undefined || registration.length > 0) {
    points.push({ kind: 'method', method: method ?? 'REGISTER', registrationTypes: registration });
  }
  if (uri !== undefined) points.push({ kind: 'requestUri', pattern: uri });
  for (const [header, content] of Object.entries(headers)) {
    points.push({ kind: 'sipHeader', header, ...(content !== true && { content }) });
  }
  if (sessionCase !== undefined) points.push({ kind: 'sessionCase', sessionCase: sessionCases[sessionCase] });
  for (const [line, content] of Object.entries(sdp)) {
    points.push({ kind: 'sessionDescription', line, ...(content !== true && { content }) });
  }
  return points.map((point) => ({ point, negated, groups: [group] }));
}
