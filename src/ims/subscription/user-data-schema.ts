/**
 * The rules of the user profile's schema (TS 29.228 Annex E, CxDataType): order, number and values of its elements. What
 * breaks them is read all the same where it can be (CX-57); this tells what is wrong, for a trace and for a verdict.
 */
import { XMLParser } from 'fast-xml-parser';
import { ownName, ownPrefix } from './user-data-names.js';
import { xmlProblem } from './well-formed.js';
import { wholeNumber } from './xml-element.js';

/** One sentence each, in the document's order; none: the document keeps to the schema. */
export function userDataProblems(xml: string): readonly string[] {
  const unreadable = xmlProblem(xml);
  return unreadable === undefined ? schemaProblems(xml) : [unreadable];
}

/** The same of what is known to be XML. */
export function schemaProblems(xml: string): readonly string[] {
  let nodes: readonly Node[];
  try {
    nodes = parser.parse(xml) as readonly Node[];
  } catch (error) {
    return [`it is no XML that is read here: ${error instanceof Error ? error.message : String(error)}`];
  }
  const [root] = elementsOf(nodes, ownPrefix(xml));
  if (root?.name !== 'IMSSubscription') return [`its root is ${root?.name ?? 'nothing'}: it has to be IMSSubscription`];
  const problems: string[] = [];
  judge(root, types.IMSSubscription, 'IMSSubscription', problems);
  return problems;
}

type Node = Readonly<Record<string, unknown>>;

interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  htmlEntities: true,
});

function elementsOf(nodes: readonly Node[], prefix: string): readonly XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text' || name.startsWith('?')) return [];
    const inner = node[name] as readonly Node[];
    const text = inner.map((each) => (typeof each['#text'] === 'string' ? each['#text'] : '')).join('');
    return [{ name: ownName(name, prefix), text: text.trim(), children: elementsOf(inner, prefix) }];
  });
}

/** What may stand in an element: a text of that kind, or elements in that order. */
type Content = TextKind | readonly Child[];

interface Child {
  /** Several: one of them (xs:choice). */
  readonly names: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly content: Content | ((parent: XmlElement) => Content);
}

/** What a text has to be. */
interface TextKind {
  readonly what: string;
  readonly fits: (text: string) => boolean;
}

const text: TextKind = { what: 'a text', fits: (value) => value !== '' };
const anything: TextKind = { what: 'anything', fits: () => true };
const truth: TextKind = { what: '0, 1, true or false', fits: (value) => /^(?:0|1|true|false)$/.test(value) };
const whole: TextKind = {
  what: 'a whole number that is not negative',
  fits: (value) => wholeNumber(value) !== undefined,
};
const from0To = (last: number): TextKind => ({
  what: `0 to ${last}`,
  fits: (value) => /^\d$/.test(value) && Number(value) <= last,
});
const identity: TextKind = { what: 'a SIP or tel URI', fits: (value) => /^(?:sips?|tel):\S+$/i.test(value) };
const sipUri: TextKind = { what: 'a SIP URI', fits: (value) => /^sips?:\S+$/i.test(value) };

const child = (name: string, min: number, max: number, content: Child['content']): Child => ({
  names: [name],
  min,
  max,
  content,
});
const one = (name: string, content: Child['content']): Child => child(name, 1, 1, content);
const optional = (name: string, content: Child['content']): Child => child(name, 0, 1, content);
const many = (name: string, content: Child['content']): Child => child(name, 0, Number.POSITIVE_INFINITY, content);
const some = (name: string, content: Child['content']): Child => child(name, 1, Number.POSITIVE_INFINITY, content);

const publicIdentityExtension: readonly Child[] = [
  optional('IdentityType', from0To(3)),
  optional('WildcardedPSI', identity),
  optional('Extension', [
    optional('DisplayName', text),
    optional('AliasIdentityGroupID', text),
    optional('Extension', [optional('WildcardedIMPU', identity), optional('ServiceLevelTraceInfo', anything)]),
  ]),
];

const conditions = ['RequestURI', 'Method', 'SIPHeader', 'SessionCase', 'SessionDescription'] as const;

const conditionContents: Readonly<Record<string, Content>> = {
  RequestURI: text,
  Method: text,
  SIPHeader: [one('Header', text), optional('Content', text)],
  SessionCase: from0To(4),
  SessionDescription: [one('Line', text), optional('Content', text)],
};

const servicePoint: readonly Child[] = [
  optional('ConditionNegated', truth),
  some('Group', whole),
  {
    names: conditions,
    min: 1,
    max: 1,
    content: (element) => conditionContents[element.name] ?? anything,
  },
  optional('Extension', [child('RegistrationType', 0, 2, from0To(2))]),
];

const criterion: readonly Child[] = [
  one('Priority', whole),
  optional('TriggerPoint', [one('ConditionTypeCNF', truth), some('SPT', servicePoint)]),
  one('ApplicationServer', [
    one('ServerName', sipUri),
    optional('DefaultHandling', from0To(1)),
    optional('ServiceInfo', anything),
    optional('Extension', [
      optional('IncludeRegisterRequest', anything),
      optional('IncludeRegisterResponse', anything),
    ]),
  ]),
  optional('ProfilePartIndicator', from0To(1)),
];

const types = {
  IMSSubscription: [
    one('PrivateID', text),
    some('ServiceProfile', [
      some('PublicIdentity', [
        optional('BarringIndication', truth),
        one('Identity', identity),
        optional('Extension', publicIdentityExtension),
      ]),
      optional('CoreNetworkServicesAuthorization', [
        optional('SubscribedMediaProfileId', whole),
        optional('Extension', [optional('ListOfServiceIds', [many('ServiceId', text)])]),
      ]),
      many('InitialFilterCriteria', criterion),
      optional('Extension', [many('SharedIFCSetID', whole)]),
    ]),
    optional('Extension', [optional('IMSI', text)]),
  ],
} as const satisfies Readonly<Record<string, readonly Child[]>>;

function judge(element: XmlElement, content: Content, path: string, problems: string[]): void {
  if ('fits' in content) {
    if (!content.fits(element.text)) problems.push(`${path} is '${element.text}': it has to be ${content.what}`);
    return;
  }
  judgeOrder(element, content, path, problems);
  for (const allowed of content) {
    const own = element.children.filter(({ name }) => allowed.names.includes(name));
    const name = allowed.names.join(' or ');
    if (own.length < allowed.min) problems.push(`${path} lacks ${name}`);
    if (own.length > allowed.max) problems.push(`${path} has ${own.length} ${name}: ${allowed.max} may stand there`);
    for (const [index, each] of own.entries()) {
      const place = `${path}/${each.name}${own.length > 1 ? `[${index + 1}]` : ''}`;
      judge(each, typeof allowed.content === 'function' ? allowed.content(each) : allowed.content, place, problems);
    }
  }
  judgeMeaning(element, path, problems);
}

/** A sequence; what is not known may follow it (the extension elements of Annex E). */
function judgeOrder(element: XmlElement, content: readonly Child[], path: string, problems: string[]): void {
  let last = 0;
  let lastName = '';
  for (const { name } of element.children) {
    const at = content.findIndex(({ names }) => names.includes(name));
    const position = at < 0 ? content.length : at;
    if (position < last) problems.push(`${path} has ${name} behind ${lastName}: the order is another one`);
    else {
      last = position;
      lastName = name;
    }
  }
}

/** What the schema's text says beside its grammar (Annex B, CX-50, CX-52). */
function judgeMeaning(element: XmlElement, path: string, problems: string[]): void {
  if (element.name === 'ServiceProfile') {
    const priorities = named(element, 'InitialFilterCriteria').map((each) => named(each, 'Priority')[0]?.text);
    const twice = priorities.find((each, index) => each !== undefined && priorities.indexOf(each) !== index);
    if (twice !== undefined) problems.push(`${path} has two InitialFilterCriteria of priority ${twice}`);
  }
  if (element.name === 'SPT') {
    const types = named(element, 'Extension').flatMap((each) => named(each, 'RegistrationType'));
    if (types.length > 0 && named(element, 'Method')[0]?.text !== 'REGISTER') {
      problems.push(`${path} has RegistrationType without Method REGISTER`);
    }
  }
}

function named({ children }: XmlElement, name: string): readonly XmlElement[] {
  return children.filter((each) => each.name === name);
}
