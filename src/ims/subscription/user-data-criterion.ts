/** One InitialFilterCriteria element of a user profile, read (TS 29.228 Annex B, E). */
import type {
  ApplicationServer,
  InitialFilterCriterion,
  RegistrationType,
  ServicePoint,
  ServicePointTrigger,
  SessionCase,
  TriggerPoint,
} from './filter-criteria.js';
import { registrationTypes } from './user-data-format.js';
import { childOf, type Element, hasChild, isTrue, numberOf, numbersOf, textOf } from './xml-element.js';

/** `undefined` without a priority or an application server: then nothing could be done. */
export function readCriterion(element: Element | undefined): InitialFilterCriterion | undefined {
  const priority = numberOf(element, 'Priority');
  const applicationServer = readServer(childOf(element, 'ApplicationServer'));
  if (priority === undefined || applicationServer === undefined) return undefined;
  const triggerPoint = readTriggerPoint(childOf(element, 'TriggerPoint'));
  const part = numberOf(element, 'ProfilePartIndicator');
  return {
    priority,
    ...(triggerPoint !== undefined && { triggerPoint }),
    applicationServer,
    ...(part === 0 && { profilePart: 'registered' as const }),
    ...(part === 1 && { profilePart: 'unregistered' as const }),
  };
}

function readServer(element: Element | undefined): ApplicationServer | undefined {
  const serverName = textOf(element, 'ServerName');
  if (serverName === undefined) return undefined;
  const serviceInfo = textOf(element, 'ServiceInfo');
  const extension = element?.Extension;
  return {
    serverName,
    defaultHandling: numberOf(element, 'DefaultHandling') === 1 ? 'terminate' : 'continue',
    ...(serviceInfo !== undefined && { serviceInfo }),
    includeRegisterRequest: hasChild(extension, 'IncludeRegisterRequest'),
    includeRegisterResponse: hasChild(extension, 'IncludeRegisterResponse'),
  };
}

/** Without a trigger it says nothing, as if it were absent. */
function readTriggerPoint(element: Element | undefined): TriggerPoint | undefined {
  if (element === undefined) return undefined;
  const { SPT } = element;
  const points: readonly unknown[] = Array.isArray(SPT) ? SPT : SPT === undefined ? [] : [SPT];
  // CX-57: an empty one is one, which is never true.
  const triggers = points.map((point) => readTrigger(typeof point === 'object' ? (point as Element) : noElement));
  if (triggers.length === 0) return undefined;
  return { form: isTrue(textOf(element, 'ConditionTypeCNF')) ? 'cnf' : 'dnf', triggers };
}

const noElement: Element = {};

function readTrigger(element: Element): ServicePointTrigger {
  const groups = numbersOf(element, 'Group');
  return {
    point: readPoint(element),
    negated: isTrue(textOf(element, 'ConditionNegated')),
    groups: groups.length === 0 ? [0] : groups,
  };
}

const typeNames = new Map(Object.entries(registrationTypes).map(([name, type]) => [type, name as RegistrationType]));

/** CX-57: what is not known is kept as such, because its negation is true. */
function readPoint(element: Element): ServicePoint {
  const pattern = textOf(element, 'RequestURI');
  if (pattern !== undefined) return { kind: 'requestUri', pattern };
  const method = textOf(element, 'Method');
  if (method !== undefined) return readMethod(method, element);
  const header = childOf(element, 'SIPHeader');
  const name = textOf(header, 'Header');
  if (name !== undefined) return { kind: 'sipHeader', header: name, ...contentOf(header) };
  const description = childOf(element, 'SessionDescription');
  const line = textOf(description, 'Line');
  if (line !== undefined) return { kind: 'sessionDescription', line, ...contentOf(description) };
  const sessionCase = textOf(element, 'SessionCase');
  if (sessionCase === undefined) return { kind: 'unknown', what: 'a service point trigger without a condition' };
  return /^[0-4]$/.test(sessionCase)
    ? { kind: 'sessionCase', sessionCase: Number(sessionCase) as SessionCase }
    : { kind: 'unknown', what: `the session case '${sessionCase}'` };
}

function readMethod(method: string, element: Element): ServicePoint {
  // CX-52; older documents have it outside of the extension.
  const written = [
    ...numbersOf(childOf(element, 'Extension'), 'RegistrationType'),
    ...numbersOf(element, 'RegistrationType'),
  ];
  const types = written.flatMap((type) => typeNames.get(type) ?? []);
  if (written.length > 0 && types.length === 0) return { kind: 'unknown', what: `the registration type ${written[0]}` };
  return { kind: 'method', method, registrationTypes: types };
}

function contentOf(element: Element | undefined): { content?: string } {
  const content = textOf(element, 'Content');
  return content === undefined ? {} : { content };
}
