/** Offers and answers of a VoLTE voice call (RFC 3264; IR.92 2.2, 3.2; TS 26.114 6.2; CALL-20 to CALL-24). */
import {
  type AudioCodec,
  type AudioCodecName,
  audioCodecs,
  bandwidthOf,
  defaultCodecs,
  largestPayload,
  telephoneEventPayloadTypes,
} from './audio-codec.js';
import type { PreconditionTable } from './preconditions.js';
import { preconditionLines } from './preconditions.js';
import {
  directionOf,
  formatParameters,
  type MediaDescription,
  type MediaDirection,
  mirroredDirection,
  payloadTypes,
  type SessionDescription,
  succeeding,
} from './session-description.js';

/** Where we want media, and how we name the session. */
export interface LocalAudio {
  /** Numeric; IPv6 without brackets. */
  readonly address: string;
  /** Of RTP, even; RTCP is the next one. */
  readonly port: number;
  /** Decimal, unique for this user agent (RFC 4566 5.2). */
  readonly sessionId: string;
  /** In order of preference. */
  readonly codecs?: readonly AudioCodecName[];
}

export interface OfferOptions {
  /** Absent: without preconditions. */
  readonly preconditions?: PreconditionTable | undefined;
  readonly direction?: MediaDirection;
}

/** A first offer. */
export function buildOffer(
  local: LocalAudio,
  { preconditions, direction = 'sendrecv' }: OfferOptions = {},
): SessionDescription {
  const codecs = (local.codecs ?? defaultCodecs).map((name) => audioCodecs[name]);
  const clockRates = [...new Set(codecs.map((codec) => codec.clockRate))];
  const events = clockRates.map((rate) => ({ payloadType: telephoneEventPayloadTypes.get(rate)!, rate }));
  const octets = Math.max(...codecs.map((codec) => largestPayload(codec, undefined)));
  const media = audioSection(local, octets, preconditions, direction);
  media.payloads = [...codecs, ...events].map((each) => each.payloadType).join(' ');
  for (const codec of codecs) addCodec(media, codec.payloadType, codec, codec.formatParameters);
  for (const { payloadType, rate } of events) addTelephoneEvent(media, payloadType, rate);
  return session(local, [media]);
}

/** A further offer: our last description, narrowed to the codecs agreed with `remote`, with new preconditions or direction. */
export function buildReoffer(
  previous: SessionDescription,
  remote: SessionDescription,
  { preconditions, direction }: OfferOptions = {},
): SessionDescription {
  const media = previous.media.map((section, index) => {
    const theirs = remote.media[index];
    if (section.port === 0 || theirs === undefined || theirs.port === 0) return section;
    return {
      ...narrowed(section, theirs, ipVersion(previous.origin.address)),
      preconditions: preconditions === undefined ? [] : preconditionLines(preconditions),
      direction: direction ?? directionOf(previous, section),
    };
  });
  return succeeding(previous, { ...previous, media });
}

export interface AnswerOptions extends OfferOptions {
  /** Our last description in this session: its name stays and its version rises if something changes. */
  readonly previous?: SessionDescription | undefined;
}

/**
 * An answer: the first codec of the offer that is ours, its telephone-event, the offer's payload types; other media are
 * refused with port 0. `direction` narrows what the offer's direction allows. Undefined: no audio in common, 488 (RFC 3261 21.4.26).
 */
export function buildAnswer(
  offer: SessionDescription,
  local: LocalAudio,
  { preconditions, direction = 'sendrecv', previous }: AnswerOptions = {},
): SessionDescription | undefined {
  let answered = false;
  const media = offer.media.map((section) => {
    const choice = answered ? undefined : chooseCodec(section, local.codecs ?? defaultCodecs);
    if (choice === undefined) return refused(section);
    answered = true;
    const { codec, payloadType, modeSet } = choice;
    const allowed = intersect(mirroredDirection[directionOf(offer, section)], direction);
    const answer = audioSection(local, largestPayload(codec, modeSet), preconditions, allowed);
    answer.protocol = section.protocol;
    const mode = modeSet === undefined ? '' : `mode-set=${modeSet.join(',')};`; // RFC 4867 8.3.1: copied or refused
    addCodec(answer, payloadType, codec, `${mode}${codec.formatParameters}`);
    const event = findPayload(section, 'telephone-event', codec.clockRate); // CALL-23
    if (event !== undefined) addTelephoneEvent(answer, event, codec.clockRate);
    answer.payloads = answer.rtp.map((each) => each.payload).join(' ');
    return answer;
  });
  if (!answered) return undefined;
  const answer = session(local, media);
  return previous === undefined ? answer : succeeding(previous, answer);
}

export interface CodecChoice {
  readonly codec: AudioCodec;
  readonly payloadType: number;
  /** The modes that `mode-set` allows; undefined: all. */
  readonly modeSet: readonly number[] | undefined;
}

/** The first payload type of a section whose codec is in `names` and whose packet format we write. */
export function chooseCodec(media: MediaDescription, names: readonly AudioCodecName[]): CodecChoice | undefined {
  if (media.type !== 'audio' || media.port === 0) return undefined;
  if (media.protocol !== 'RTP/AVP' && media.protocol !== 'RTP/AVPF') return undefined;
  for (const payloadType of payloadTypes(media)) {
    const rtp = media.rtp.find((each) => each.payload === payloadType);
    const codec = names
      .map((name) => audioCodecs[name])
      .find((each) => each.name === String(rtp?.codec).toUpperCase() && each.clockRate === rtp?.rate);
    if (codec === undefined || Number(rtp?.encoding ?? 1) !== 1) continue;
    const parameters = formatParameters(media, payloadType);
    if (!isBandwidthEfficient(parameters)) continue;
    const modeSet = codec.name === 'EVS' ? undefined : modeSetOf(parameters);
    if (modeSet?.some((mode) => codec.payloadOctets[mode] === undefined)) continue;
    return { codec, payloadType, modeSet };
  }
  return undefined;
}

/** The payload type of a codec in a section. */
export function findPayload(media: MediaDescription, codec: string, clockRate: number): number | undefined {
  const offered = payloadTypes(media);
  return media.rtp.find(
    (each) =>
      each.rate === clockRate &&
      String(each.codec).toLowerCase() === codec.toLowerCase() &&
      offered.includes(each.payload),
  )?.payload;
}

/** These parameters must be the same on both sides, and select formats that we do not write (RFC 4867 8.1, 8.3.1; CALL-23). */
function isBandwidthEfficient(parameters: ReadonlyMap<string, string>): boolean {
  const on = (name: string) => parameters.get(name) === '1';
  return !on('octet-align') && !on('crc') && !on('robust-sorting') && !parameters.has('interleaving');
}

function modeSetOf(parameters: ReadonlyMap<string, string>): readonly number[] | undefined {
  return parameters
    .get('mode-set')
    ?.split(',')
    .map((each) => Number(each.trim()));
}

/** Our section with what both carry, by codec name and clock rate, in our numbers and our order. */
function narrowed(ours: MediaDescription, theirs: MediaDescription, version: 4 | 6): MediaDescription {
  const kept = ours.rtp.filter(
    (each) => each.rate !== undefined && findPayload(theirs, String(each.codec), each.rate) !== undefined,
  );
  const keptTypes = kept.map((each) => each.payload);
  const choice = chooseCodec(
    theirs,
    kept.map((each) => each.codec as AudioCodecName).filter((name) => name in audioCodecs),
  );
  const limit = choice && bandwidthOf(largestPayload(choice.codec, choice.modeSet), version); // CALL-22
  return {
    ...ours,
    payloads: payloadTypes(ours)
      .filter((each) => keptTypes.includes(each))
      .join(' '),
    rtp: kept,
    fmtp: ours.fmtp.filter((each) => keptTypes.includes(each.payload)),
    bandwidth: ours.bandwidth?.map((each) => (each.type === 'AS' && limit !== undefined ? { ...each, limit } : each)),
  };
}

function session({ address, sessionId }: LocalAudio, media: MediaDescription[]): SessionDescription {
  const ipVer = ipVersion(address);
  return {
    version: 0,
    origin: { username: '-', sessionId, sessionVersion: 1, netType: 'IN', ipVer, address },
    name: '-',
    connection: { version: ipVer, ip: address },
    timing: { start: 0, stop: 0 },
    media,
  };
}

function audioSection(
  { address, port }: LocalAudio,
  payloadOctets: number,
  preconditions: PreconditionTable | undefined,
  direction: MediaDirection,
): MediaDescription {
  return {
    type: 'audio',
    port,
    protocol: 'RTP/AVP',
    payloads: '',
    bandwidth: [
      { type: 'AS', limit: bandwidthOf(payloadOctets, ipVersion(address)) }, // CALL-22
      { type: 'RS', limit: 0 }, // RFC 3556; IR.92 3.2.4
      { type: 'RR', limit: 2000 },
    ],
    rtp: [],
    fmtp: [],
    ptime: 20,
    maxptime: 240,
    direction,
    preconditions: preconditions === undefined ? [] : preconditionLines(preconditions),
  };
}

function addCodec(media: MediaDescription, payload: number, { name, clockRate }: AudioCodec, config: string): void {
  media.rtp.push({ payload, codec: name, rate: clockRate, encoding: 1 });
  media.fmtp.push({ payload, config });
}

function addTelephoneEvent(media: MediaDescription, payload: number, rate: number): void {
  media.rtp.push({ payload, codec: 'telephone-event', rate });
  media.fmtp.push({ payload, config: '0-15' });
}

/** Port 0 and the offered formats (RFC 3264 6). */
function refused({ type, protocol, payloads }: MediaDescription): MediaDescription {
  return { type, port: 0, protocol, payloads: String(payloads ?? ''), rtp: [], fmtp: [], preconditions: [] };
}

function intersect(a: MediaDirection, b: MediaDirection): MediaDirection {
  const sends = a.startsWith('send') && b.startsWith('send');
  const receives = a.includes('recv') && b.includes('recv');
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

function ipVersion(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
