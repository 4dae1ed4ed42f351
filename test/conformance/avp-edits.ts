/** Recorded Diameter messages with other AVPs. */

import { DiameterMessage } from '../../src/conformance/diameter-message.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { changeDiameter } from '../../src/faults/change/diameter-change.js';
import type { FieldChanges } from '../../src/faults/index.js';

type Alteration = (record: MessageRecord, records: readonly MessageRecord[]) => Partial<MessageRecord>;

/** Takes an AVP from the first message of that name. */
export function avpsOf(name: string, avp: string): Alteration {
  return (record, records) => {
    const first = records.map(({ protocol, bytes }) =>
      protocol === 'diameter' ? DiameterMessage.read(bytes) : undefined,
    );
    const octets = first.find((message) => message?.name === name)!.avps.octets(avp)!;
    return { bytes: changed(record.bytes, { [avp]: `0x${octets.toString('hex')}` }) };
  };
}

/** Other bits of the command flags, octet 4 (RFC 6733 3). */
export function flags(change: (bits: number) => number): Alteration {
  return ({ bytes }) => {
    const copy = Buffer.from(bytes);
    copy[4] = change(copy[4]!);
    return { bytes: copy };
  };
}

/** SIP-Item-Number, 613, V and M, of 16 octets, vendor 10415. */
const itemNumberHead = Buffer.from('00000265c0000010000028af', 'hex');

/** Of several vectors the first one has the highest number. */
export function firstNumberHighest({ bytes }: MessageRecord): Partial<MessageRecord> {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(9, copy.indexOf(itemNumberHead) + itemNumberHead.length);
  return { bytes: copy };
}

/** Another Application-Id, octets 8 to 11 (RFC 6733 3). */
export function application(id: number): Alteration {
  return ({ bytes }) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(id, 8);
    return { bytes: copy };
  };
}

/** The last AVP says that it is longer than what is left of the message (RFC 6733 4.1). */
export function overlong({ bytes }: MessageRecord): Partial<MessageRecord> {
  const copy = Buffer.from(bytes);
  let last = 20;
  for (let at = last; at < copy.length; at += (copy.readUIntBE(at + 5, 3) + 3) & ~3) last = at;
  copy.writeUIntBE(copy.length - last + 8, last + 5, 3);
  return { bytes: copy };
}

/** The user profile of an SAA with another text in it. */
export function profile(search: string, replacement: string): Alteration {
  return ({ bytes }) => {
    const document = DiameterMessage.read(bytes)?.avps.text('User-Data') ?? '';
    if (!document.includes(search)) throw new Error(`there is no ${search}`);
    return { bytes: changed(bytes, { 'User-Data': document.replace(search, replacement) }) };
  };
}

/** The M bit of the first AVP of that code (RFC 6733 4.1). */
export function mandatory(code: number): Alteration {
  return ({ bytes }) => {
    const copy = Buffer.from(bytes);
    for (let at = 20; at < copy.length; at += (copy.readUIntBE(at + 5, 3) + 3) & ~3) {
      if (copy.readUInt32BE(at) !== code) continue;
      copy[at + 4]! |= 0x40;
      return { bytes: copy };
    }
    throw new Error(`there is no AVP ${code}`);
  };
}

function changed(bytes: Buffer, set: FieldChanges): Buffer {
  const result = changeDiameter(bytes, set);
  if (!Buffer.isBuffer(result)) throw new Error('whyNot' in result ? result.whyNot : `no ${result.missed.join(', ')}`);
  return result;
}
