/** A Diameter message as the fields of a golden trace, every AVP by name. */
import { type DissectedAvp, dissect } from '../../diameter/index.js';
import type { MessageRecord } from '../../environment/index.js';
import type { NodeAddresses } from './node-addresses.js';
import type { Roles } from './roles.js';

/** Tells when the node was started. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Origin-State-Id']);

/** AVPs whose octets are made up. The octets of SIP-Authenticate are those of the nonce (RFC 3310 3.2), in base64 there. */
const MADE_UP: Readonly<Record<string, (hex: string) => readonly [kind: string, value: string]>> = {
  'SIP-Authenticate': (hex) => ['nonce', Buffer.from(hex, 'hex').toString('base64')],
  'SIP-Authorization': (hex) => ['authorization', hex],
  'Confidentiality-Key': (hex) => ['ck', hex],
  'Integrity-Key': (hex) => ['ik', hex],
};

export class DiameterLines {
  constructor(
    private readonly roles: Roles,
    private readonly addresses: NodeAddresses,
  ) {}

  /** `UAA 2001 FIRST_REGISTRATION <hop icscf1-2>`, then one AVP an entry. */
  fields({ bytes, fromNode, summary }: MessageRecord): readonly string[] {
    const message = dissect(bytes);
    if (!('avps' in message)) return [`${summary}`, `malformed: ${message.fault}`];
    const hop = this.roles.name('hop', String(message.hopByHop), fromNode);
    const end = this.roles.name('end', String(message.endToEnd), fromNode);
    const flags = [message.retransmitted && 'retransmitted', message.error && 'error'].filter(Boolean);
    const fields = message.avps
      .filter(({ name }) => !LEFT_OUT.has(name))
      .map((avp) => `${avp.name}: ${this.#value(avp, fromNode)}`);
    return [
      `${summary} ${hop}`,
      `end-to-end: ${end}`,
      ...(flags.length === 0 ? [] : [`flags: ${flags.join(', ')}`]),
      ...fields.sort(),
      ...(message.fault === undefined ? [] : [`malformed: ${message.fault}`]),
    ];
  }

  #value({ name, value, meaning }: DissectedAvp, fromNode: string): string {
    if (typeof value === 'object') {
      const members = value.map((member) => `${member.name}=${this.#value(member, fromNode)}`);
      return `{${members.sort().join(', ')}}`;
    }
    if (typeof value === 'number') return meaning === undefined ? String(value) : `${value} ${meaning}`;
    if (name === 'Session-Id') return this.roles.name('session', value, fromNode);
    if (name === 'Host-IP-Address') return this.addresses.nodeAt(value, undefined);
    const made = value.startsWith('0x') ? MADE_UP[name]?.(value.slice(2)) : undefined;
    if (made !== undefined) return this.roles.name(...made);
    return this.addresses.replaceIn(this.roles.replaceKnown(value.replace(/\s*\r?\n\s*/g, ' ')));
  }
}
