/**
 * The security agreement of a UE and its P-CSCF (RFC 3329; TS 33.203 7.2 and Annex H; TS 24.229 5.1.1, 5.2.2): what is
 * offered, what is chosen, and whether what comes back is what was sent.
 */
import type { IpsecMode, ProtectedEnd, SecurityAssociationSet } from '../environment/index.js';
import { type AlgorithmPair, algorithmPair, isSamePair } from './algorithms.js';
import { formatSecurityMechanism, type SecurityMechanism } from './security-mechanism.js';

const IPSEC_3GPP = 'ipsec-3gpp';
/** AKA-41: SPIs below are reserved (RFC 4303 2.1). */
export const SPI_MIN = 256;
export const SPI_MAX = 0xffff_ffff;
const PORT_MAX = 65_535;

/** SPIs of the sender's inbound associations, at its protected client port and at its protected server port (AKA-41). */
export interface ProtectedSpis {
  readonly client: number;
  readonly server: number;
}

export interface ProtectedPorts {
  readonly client: number;
  readonly server: number;
}

/** What one `ipsec-3gpp` entry says, defaults filled in (AKA-40). SPIs and ports are the sender's. */
export interface IpsecProposal extends AlgorithmPair, Omit<ProtectedEnd, 'address'> {
  readonly mode: IpsecMode;
  /** 0 … 1; undefined where the entry has none. */
  readonly q: number | undefined;
}

export interface OfferOptions {
  /** `trans` where absent. */
  readonly mode?: IpsecMode;
  /** Of the first entry; each further one has 0.1 less, down to 0. Without it no entry has one. */
  readonly q?: number;
}

/** AKA-42: one entry for each pair of algorithms, in order of preference, all with the same SPIs and ports. */
export function offer(
  algorithms: readonly AlgorithmPair[],
  spis: ProtectedSpis,
  ports: ProtectedPorts,
  { mode = 'trans', q }: OfferOptions = {},
): readonly SecurityMechanism[] {
  return algorithms.map(({ integrity, encryption }, index) => {
    const preference = q === undefined ? undefined : Math.max(q - index / 10, 0).toFixed(1);
    return {
      name: IPSEC_3GPP,
      parameters: new Map<string, string>([
        ...(preference === undefined ? [] : [['q', preference] as const]),
        ['alg', integrity],
        ['ealg', encryption],
        ['prot', 'esp'],
        ['mod', mode],
        ['spi-c', String(spis.client)],
        ['spi-s', String(spis.server)],
        ['port-c', String(ports.client)],
        ['port-s', String(ports.server)],
      ]),
    };
  });
}

/** The value of one header that lists the mechanisms. */
export function formatSecurityMechanisms(mechanisms: readonly SecurityMechanism[]): string {
  return mechanisms.map(formatSecurityMechanism).join(', ');
}

/** What the entry says, or undefined where it is another mechanism or cannot be used; `mechanismProblem` says why. */
export function ipsecProposal(mechanism: SecurityMechanism): IpsecProposal | undefined {
  const read = readProposal(mechanism);
  return typeof read === 'string' ? undefined : read;
}

/** Why an entry cannot be used, in one plain sentence; undefined where it can. */
export function mechanismProblem(mechanism: SecurityMechanism): string | undefined {
  const read = readProposal(mechanism);
  return typeof read === 'string' ? read : undefined;
}

/** REG-23: the entry with the first pair of our own list that the UE offers in a usable entry of this mode. */
export function choose(
  clientOffer: readonly SecurityMechanism[],
  ownPreferences: readonly AlgorithmPair[],
  wanted: IpsecMode = 'trans',
): IpsecProposal | undefined {
  const usable = clientOffer
    .flatMap((mechanism) => ipsecProposal(mechanism) ?? [])
    .filter(({ mode }) => mode === wanted);
  for (const pair of ownPreferences) {
    const found = usable.find((proposal) => isSamePair(proposal, pair));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** AKA-42: of the usable entries of Security-Server that are among our own, the one with the highest q, the first of equals. */
export function chooseFromServer(
  serverMechanisms: readonly SecurityMechanism[],
  own: readonly AlgorithmPair[],
): IpsecProposal | undefined {
  let best: IpsecProposal | undefined;
  for (const mechanism of serverMechanisms) {
    const proposal = ipsecProposal(mechanism);
    if (proposal === undefined || !own.some((pair) => isSamePair(pair, proposal))) continue;
    if (best === undefined || (proposal.q ?? 0) > (best.q ?? 0)) best = proposal;
  }
  return best;
}

/**
 * AKA-43: the same mechanisms in the same order with the same values, however they are written: the order of parameters,
 * letter case, white space, leading zeros and defaults that one of them leaves out do not count.
 */
export function sameAgreement(a: readonly SecurityMechanism[], b: readonly SecurityMechanism[]): boolean {
  return a.length === b.length && a.every((mechanism, index) => isSameMechanism(mechanism, b[index]!));
}

/** The four associations as the local end sees them, with the algorithms of what was chosen. */
export function associationSet(
  local: ProtectedEnd,
  remote: ProtectedEnd,
  { integrity, encryption, mode }: AlgorithmPair & { readonly mode: IpsecMode },
  { ck, ik }: { readonly ck: Buffer; readonly ik: Buffer },
): SecurityAssociationSet {
  return { local, remote, integrity, encryption, mode, ck, ik };
}

/** The peer's end, of what its header says and the address that it came from. */
export function protectedEnd(
  address: string,
  { clientPort, serverPort, clientSpi, serverSpi }: Omit<ProtectedEnd, 'address'>,
): ProtectedEnd {
  return { address, clientPort, serverPort, clientSpi, serverSpi };
}

/** AKA-41: the four SPIs at one pair of addresses differ, so that each names one association. */
export function spisDiffer(a: ProtectedEnd, b: ProtectedEnd): boolean {
  return new Set([a.clientSpi, a.serverSpi, b.clientSpi, b.serverSpi]).size === 4;
}

/** What each parameter of `ipsec-3gpp` is where it is not there (AKA-40). */
const defaults: ReadonlyMap<string, string> = new Map([
  ['ealg', 'null'],
  ['prot', 'esp'],
  ['mod', 'trans'],
]);

const modes: ReadonlyMap<string, IpsecMode> = new Map([
  ['trans', 'trans'],
  ['udp-enc-tun', 'UDP-enc-tun'],
]);

const numbers: ReadonlySet<string> = new Set(['spi-c', 'spi-s', 'port-c', 'port-s', 'q']);

function readProposal(mechanism: SecurityMechanism): IpsecProposal | string {
  if (mechanism.name !== IPSEC_3GPP) return `${mechanism.name} is another mechanism than ipsec-3gpp`;
  const [integrity, encryption, protocol, modeName] = ['alg', 'ealg', 'prot', 'mod'].map((name) =>
    said(mechanism, name),
  );
  if (integrity === undefined) return 'alg is missing';
  const pair = algorithmPair(integrity, encryption!);
  if (pair === undefined) return `alg=${integrity} and ealg=${encryption} do not go together`; // AKA-40
  if (protocol !== 'esp') return `prot=${protocol} is not ESP`;
  const mode = modes.get(modeName!);
  if (mode === undefined) return `mod=${modeName} cannot be carried`;
  const [clientSpi, serverSpi] = ['spi-c', 'spi-s'].map((name) => readNumber(mechanism, name, SPI_MIN, SPI_MAX));
  if (typeof clientSpi !== 'number') return clientSpi!;
  if (typeof serverSpi !== 'number') return serverSpi!;
  if (clientSpi === serverSpi) return 'spi-c and spi-s are the same'; // AKA-41
  const [clientPort, serverPort] = ['port-c', 'port-s'].map((name) => readNumber(mechanism, name, 1, PORT_MAX));
  if (typeof clientPort !== 'number') return clientPort!;
  if (typeof serverPort !== 'number') return serverPort!;
  const q = mechanism.parameters.get('q');
  return { ...pair, mode, clientSpi, serverSpi, clientPort, serverPort, q: typeof q === 'string' ? asQ(q) : undefined };
}

/** Lower case, the default where there is none. */
function said({ parameters }: SecurityMechanism, name: string): string | undefined {
  const value = parameters.get(name);
  return typeof value === 'string' ? value.toLowerCase() : defaults.get(name);
}

/** The number, or what is wrong with it. */
function readNumber({ parameters }: SecurityMechanism, name: string, min: number, max: number): number | string {
  const text = parameters.get(name);
  if (text === undefined || text === true) return `${name} is missing`;
  const value = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : `${name}=${text} is not between ${min} and ${max}`;
}

function asQ(text: string): number | undefined {
  const value = Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}

function isSameMechanism(a: SecurityMechanism, b: SecurityMechanism): boolean {
  if (a.name !== b.name) return false;
  const names = new Set([...a.parameters.keys(), ...b.parameters.keys()]);
  return [...names].every((name) => comparable(a, name) === comparable(b, name));
}

/** The value in the form in which equal ones have equal text; undefined where it is neither there nor has a default. */
function comparable(mechanism: SecurityMechanism, name: string): string | true | undefined {
  const value = mechanism.parameters.get(name);
  if (value === true) return true;
  if (value === undefined) return mechanism.name === IPSEC_3GPP ? defaults.get(name) : undefined;
  const isNumber = numbers.has(name) && /^\d+(\.\d*)?$/.test(value);
  return isNumber ? String(Number(value)) : value.toLowerCase();
}
