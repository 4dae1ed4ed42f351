/** What a trace shows of RTP (RFC 3550 5.1) and RTCP (6.4) packets. */
import type { Endpoint } from '../environment/index.js';
import { endpointText } from './endpoint.js';

/** Names of RTCP packet types: RFC 3550 12.1, RFC 4585 6.1, RFC 3611 2. */
const RTCP_NAMES: Readonly<Record<number, string>> = {
  192: 'FIR',
  200: 'SR',
  201: 'RR',
  202: 'SDES',
  203: 'BYE',
  204: 'APP',
  205: 'RTPFB',
  206: 'PSFB',
  207: 'XR',
};
/** The static payload types of RFC 3551 6 that a telephone may meet. */
const STATIC_CODECS: Readonly<Record<number, string>> = { 0: 'PCMU', 3: 'GSM', 8: 'PCMA', 9: 'G722', 18: 'G729' };
/** A lab knows a few codecs an address; this bounds what a flood of descriptions can make the trace hold. */
const DESCRIBED_MAX = 20_000;

/** Codec names for dynamic payload types, learnt from the session descriptions that pass by. */
export class CodecNames {
  /** Receiving address and payload type → name. */
  readonly #names = new Map<string, string>();

  /** Reads connection, media and rtpmap lines of a session description inside `bytes`, if there is one. */
  learn(bytes: Buffer): void {
    const start = bytes.indexOf('\r\n\r\nv=0');
    if (start < 0) return;
    let sessionAddress = '';
    let address = '';
    let port = '';
    for (const line of bytes.toString('latin1', start + 4).split('\r\n')) {
      if (line.startsWith('c=IN ')) {
        address = line.slice(line.lastIndexOf(' ') + 1);
        if (port === '') sessionAddress = address;
      } else if (line.startsWith('m=')) {
        port = line.split(' ')[1] ?? '';
        address = sessionAddress;
      } else if (line.startsWith('a=rtpmap:')) {
        const [type = '', encoding = ''] = line.slice(9).split(' ');
        this.#remember(endpointText({ address, port: Number(port) }), type, encoding.split('/')[0] ?? '');
      }
    }
  }

  /** `AMR-WB`, or `payload type 96` where no description said more. */
  nameOf(receiver: Endpoint, payloadType: number): string {
    const described = this.#names.get(`${endpointText(receiver)} ${payloadType}`);
    return described ?? STATIC_CODECS[payloadType] ?? `payload type ${payloadType}`;
  }

  #remember(receiver: string, payloadType: string, name: string): void {
    if (this.#names.size < DESCRIBED_MAX) this.#names.set(`${receiver} ${payloadType}`, name);
  }
}

/** `RTP AMR-WB seq 4711`. */
export function summariseRtp(bytes: Buffer, to: Endpoint, codecs: CodecNames): string {
  return `RTP ${codecs.nameOf(to, bytes[1]! & 0x7f)} seq ${bytes.readUInt16BE(2)}`;
}

/** `RTCP SR SDES`: the packets of the compound. */
export function summariseRtcp(bytes: Buffer): string {
  const names: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4 * (bytes.readUInt16BE(at + 2) + 1)) {
    const type = bytes[at + 1]!;
    names.push(RTCP_NAMES[type] ?? `type ${type}`);
  }
  return `RTCP ${names.join(' ')}`;
}

/** The synchronisation source of an RTP packet. */
export function rtpSource(bytes: Buffer): number {
  return bytes.length >= 12 ? bytes.readUInt32BE(8) : 0;
}
