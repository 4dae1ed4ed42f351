/** ESP packets of one association (RFC 4303): header, padding, trailer, sequence numbers. No extended ones (TS 33.203 7.1). */
import { ReplayWindow } from './replay-window.js';
import { ESP_HEADER_LENGTH, type EspTransform } from './transform.js';

const SEQUENCE_MAX = 0xffff_ffff;
/** Pad length and next header. */
const TRAILER_LENGTH = 2;

/** What an arriving packet carries. */
export interface EspContent {
  readonly payload: Buffer;
  /** An IP protocol number. */
  readonly nextHeader: number;
}

/** Why a packet is not taken. */
export type EspRefusal = 'replay' | 'icv' | 'padding';

export class OutboundAssociation {
  #sequence = 0;

  constructor(
    readonly spi: number,
    private readonly transform: EspTransform,
  ) {}

  /** The packet, or undefined when the numbers are used up: they never begin anew (RFC 4303 3.3.3). */
  seal(payload: Buffer, nextHeader: number): Buffer | undefined {
    if (this.#sequence === SEQUENCE_MAX) return undefined;
    this.#sequence++; // the first is 1: RFC 4303 2.2
    const header = Buffer.allocUnsafe(ESP_HEADER_LENGTH);
    header.writeUInt32BE(this.spi, 0);
    header.writeUInt32BE(this.#sequence, 4);
    return this.transform.seal(header, padded(payload, nextHeader, this.transform.alignment));
  }
}

export class InboundAssociation {
  readonly #window = new ReplayWindow();

  constructor(
    readonly spi: number,
    private readonly transform: EspTransform,
  ) {}

  /** `packet` has the header at least. */
  open(packet: Buffer): EspContent | EspRefusal {
    const sequence = packet.readUInt32BE(4);
    if (!this.#window.allows(sequence)) return 'replay'; // before the ICV is reckoned: RFC 4303 3.4.3
    const clear = this.transform.open(packet);
    if (clear === undefined) return 'icv';
    this.#window.accept(sequence);
    return unpadded(clear) ?? 'padding';
  }
}

/** With padding of 1, 2, 3 … up to the alignment (RFC 4303 2.4), its length, and the next header. */
function padded(payload: Buffer, nextHeader: number, alignment: number): Buffer {
  const rest = (payload.length + TRAILER_LENGTH) % alignment;
  const padLength = rest === 0 ? 0 : alignment - rest;
  const clear = Buffer.allocUnsafe(payload.length + padLength + TRAILER_LENGTH);
  payload.copy(clear);
  for (let pad = 1; pad <= padLength; pad++) clear[payload.length + pad - 1] = pad;
  clear[clear.length - 2] = padLength;
  clear[clear.length - 1] = nextHeader;
  return clear;
}

/** Undefined where the padding is not that of RFC 4303 2.4. */
function unpadded(clear: Buffer): EspContent | undefined {
  const padLength = clear[clear.length - 2]!;
  const end = clear.length - TRAILER_LENGTH - padLength;
  if (end < 0) return undefined;
  for (let pad = 1; pad <= padLength; pad++) if (clear[end + pad - 1] !== pad) return undefined;
  return { payload: clear.subarray(0, end), nextHeader: clear[clear.length - 1]! };
}
