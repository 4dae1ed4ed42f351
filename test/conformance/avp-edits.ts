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
