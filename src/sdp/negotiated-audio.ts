/** What an offer and its answer agree on, as a media session needs it. */
import { addressOctets, addressText } from '../address-octets.js';
import type { AudioCodecName } from './audio-codec.js';
import { chooseCodec, findPayload } from './audio-offer.js';
import { directionOf, type MediaDirection, mirroredDirection, type SessionDescription } from './session-description.js';

export interface NegotiatedAudio {
  readonly codec: AudioCodecName;
  readonly clockRate: number;
  /** The peer's number for the codec: what we send with (RFC 3264 5.1). */
  readonly sendPayloadType: number;
  /** Our number: what we expect. */
  readonly receivePayloadType: number;
  /** Modes allowed by the peer's `mode-set`; undefined: all. */
  readonly modeSet: readonly number[] | undefined;
  /** The peer's number for telephone-event at the codec's clock rate, if it has one. */
  readonly telephoneEventPayloadType: number | undefined;
  /** Where the peer receives; IPv6 in shortest form. RTCP goes to the next port unless `a=rtcp` names another (RFC 3605). */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number };
  /** From our side. */
  readonly direction: MediaDirection;
}

/** The first audio section that both sides accept. Undefined: there is none, or it has no address. */
export function negotiatedAudio(local: SessionDescription, remote: SessionDescription): NegotiatedAudio | undefined {
  for (const [index, ours] of local.media.entries()) {
    const theirs = remote.media[index];
    if (theirs === undefined || ours.port === 0) continue;
    const choice = chooseCodec(theirs, codecsOf(local));
    if (choice === undefined) continue;
    const { codec, payloadType, modeSet } = choice;
    const receivePayloadType = findPayload(ours, codec.name, codec.clockRate);
    const address = (theirs.connection ?? remote.connection)?.ip;
    if (receivePayloadType === undefined || address === undefined) continue;
    return {
      codec: codec.name,
      clockRate: codec.clockRate,
      sendPayloadType: payloadType,
      receivePayloadType,
      modeSet,
      telephoneEventPayloadType: findPayload(theirs, 'telephone-event', codec.clockRate),
      remote: { address: shortestForm(address), port: theirs.port, rtcpPort: theirs.rtcp?.port ?? theirs.port + 1 },
      direction: commonDirection(directionOf(local, ours), mirroredDirection[directionOf(remote, theirs)]),
    };
  }
  return undefined;
}

/** Lower case and shortest form for an IPv6 address however it was written, as the network compares it (RFC 5952). */
function shortestForm(address: string): string {
  const octets = address.includes(':') ? addressOctets(address) : undefined;
  return octets === undefined ? address : addressText(octets);
}

function codecsOf(description: SessionDescription): readonly AudioCodecName[] {
  const names: readonly AudioCodecName[] = ['EVS', 'AMR-WB', 'AMR'];
  const used = new Set(description.media.flatMap((media) => media.rtp.map((each) => String(each.codec).toUpperCase())));
  return names.filter((name) => used.has(name));
}

function commonDirection(ours: MediaDirection, theirs: MediaDirection): MediaDirection {
  if (ours === theirs || theirs === 'sendrecv') return ours;
  return ours === 'sendrecv' ? theirs : 'inactive';
}
