/** The AVPs that nearly every message has, so that a file need not write them (RFC 6733 6, TS 29.229 5, 6). */
import { groupOctets, type ScriptAvp } from './avp.js';
import { avpNamed, type NamedApplication, type NamedCommand } from './dictionary.js';
import { Refusal, scalarOctets } from './values.js';

const noStateMaintained = 1;
const supportedVendors = [10415];

export interface ScriptIdentity {
  readonly host: string;
  readonly realm: string;
  /** Numeric, for Host-IP-Address. */
  readonly addresses: readonly string[];
  readonly vendorId: number;
  readonly productName: string;
  readonly originStateId: number | undefined;
}

function make(name: string, data: Buffer): ScriptAvp {
  const { code, vendor, mandatory } = avpNamed(name)!;
  return { code, vendor, mandatory, protected: false, data };
}

function scalarAvp(name: string, value: string | number): ScriptAvp {
  const data = scalarOctets(avpNamed(name)!, value);
  if (data instanceof Refusal) throw new TypeError(`${name}: ${data.what}`);
  return make(name, data);
}

export const textAvp: (name: string, value: string) => ScriptAvp = scalarAvp;
export const numberAvp: (name: string, value: number) => ScriptAvp = scalarAvp;

function groupAvp(name: string, members: readonly ScriptAvp[]): ScriptAvp {
  return make(name, groupOctets(members));
}

function applicationAvp({ vendor, id, isAccounting }: NamedApplication): ScriptAvp {
  const member = numberAvp(isAccounting ? 'Acct-Application-Id' : 'Auth-Application-Id', id);
  if (vendor === 0) return member;
  return groupAvp('Vendor-Specific-Application-Id', [numberAvp('Vendor-Id', vendor), member]);
}

/** RFC 6733 5.3.1, without Result-Code. */
export function capabilitiesAvps(identity: ScriptIdentity, applications: readonly NamedApplication[]): ScriptAvp[] {
  const { host, realm, addresses, vendorId, productName, originStateId } = identity;
  const vendors = new Set([...supportedVendors, ...applications.map(({ vendor }) => vendor)].filter((id) => id !== 0));
  return [
    textAvp('Origin-Host', host),
    textAvp('Origin-Realm', realm),
    ...addresses.map((address) => textAvp('Host-IP-Address', address)),
    numberAvp('Vendor-Id', vendorId),
    textAvp('Product-Name', productName),
    ...(originStateId === undefined ? [] : [numberAvp('Origin-State-Id', originStateId)]),
    ...[...vendors].map((vendor) => numberAvp('Supported-Vendor-Id', vendor)),
    ...applications.map(applicationAvp),
  ];
}

export interface RequestSetting {
  readonly identity: ScriptIdentity;
  readonly sessionId: string;
  /** Of the other side, from its capabilities. */
  readonly peer: { readonly host: string; readonly realm: string };
}

/** What stands before the AVPs of the file in a request; by name, in order. */
export function requestHead(
  { grammars }: NamedCommand,
  application: NamedApplication,
  { identity, sessionId, peer }: RequestSetting,
): ReadonlyMap<string, ScriptAvp> {
  const avps = new Map<string, ScriptAvp>([
    ['Session-Id', textAvp('Session-Id', sessionId)],
    ...applicationEntry(application),
    ['Auth-Session-State', numberAvp('Auth-Session-State', noStateMaintained)],
    ['Origin-Host', textAvp('Origin-Host', identity.host)],
    ['Origin-Realm', textAvp('Origin-Realm', identity.realm)],
    ...(peer.realm === '' ? [] : [['Destination-Realm', textAvp('Destination-Realm', peer.realm)] as const]),
    ...(peer.host === '' ? [] : [['Destination-Host', textAvp('Destination-Host', peer.host)] as const]),
  ]);
  // Where nobody knows the grammar, Destination-Host and the state of the session are the writer's affair.
  const isWanted = (name: string) =>
    grammars === undefined
      ? name !== 'Destination-Host' && (name !== 'Auth-Session-State' || application.vendor !== 0)
      : Object.hasOwn(grammars.request, name) && (name !== 'Destination-Host' || grammars.request[name] === 'required');
  return new Map([...avps].filter(([name]) => isWanted(name)));
}

function applicationEntry(application: NamedApplication): readonly (readonly [string, ScriptAvp])[] {
  const avp = applicationAvp(application);
  if (application.vendor !== 0) return [['Vendor-Specific-Application-Id', avp]];
  return [[application.isAccounting ? 'Acct-Application-Id' : 'Auth-Application-Id', avp]];
}

export type WantedResult =
  | { readonly code: number; readonly vendor: undefined }
  | { readonly code: number; readonly vendor: number };

/** What stands before the AVPs of the file in an answer (RFC 6733 6.2). */
export function answerHead(
  { grammars }: NamedCommand,
  application: NamedApplication,
  identity: ScriptIdentity,
  result: WantedResult,
  request: readonly ScriptAvp[],
): ReadonlyMap<string, ScriptAvp> {
  const sessionId = request.find(({ code, vendor }) => code === 263 && vendor === 0);
  const isVendors = application.vendor !== 0;
  const resultAvp =
    result.vendor === undefined
      ? (['Result-Code', numberAvp('Result-Code', result.code)] as const)
      : ([
          'Experimental-Result',
          groupAvp('Experimental-Result', [
            numberAvp('Vendor-Id', result.vendor),
            numberAvp('Experimental-Result-Code', result.code),
          ]),
        ] as const);
  const avps: (readonly [string, ScriptAvp])[] = [
    ...(sessionId === undefined ? [] : [['Session-Id', sessionId] as const]),
    ...(isVendors ? applicationEntry(application) : []),
    resultAvp,
    ...(isVendors ? [['Auth-Session-State', numberAvp('Auth-Session-State', noStateMaintained)] as const] : []),
    ['Origin-Host', textAvp('Origin-Host', identity.host)],
    ['Origin-Realm', textAvp('Origin-Realm', identity.realm)],
  ];
  const isOwnResult = (name: string) => name === 'Result-Code' || name === 'Experimental-Result';
  const answer = grammars?.answer;
  return new Map(avps.filter(([name]) => answer === undefined || isOwnResult(name) || Object.hasOwn(answer, name)));
}

/** RFC 6733 6.2: in the order of the request. */
export function proxyInfoOf(request: readonly ScriptAvp[]): readonly ScriptAvp[] {
  return request.filter(({ code, vendor }) => code === 284 && vendor === 0);
}

/**
 * The AVPs of a message: the head without what the file writes itself, and what the file writes. What it writes of the head
 * stands where the head has it, because Session-Id is the first (RFC 6733 8.8).
 */
export function withHead(head: ReadonlyMap<string, ScriptAvp>, written: readonly ScriptAvp[]): ScriptAvp[] {
  const left = [...written];
  const first = [...head.values()].flatMap((avp) => {
    const own = left.filter(({ code, vendor }) => code === avp.code && vendor === avp.vendor);
    for (const one of own) left.splice(left.indexOf(one), 1);
    return own.length > 0 ? own : [avp];
  });
  return [...first, ...left];
}
