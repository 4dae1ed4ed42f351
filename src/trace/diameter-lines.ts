/** A Diameter message as lines, AVPs of groups indented. */
import { type DissectedAvp, dissect } from '../diameter/index.js';

export interface DecodedLines {
  readonly lines: readonly string[];
  /** Not all of it could be read. */
  readonly malformed: boolean;
}

/** `bytes` starts with the message's header. */
export function diameterLines(bytes: Buffer): DecodedLines {
  const message = dissect(bytes);
  if (!('avps' in message)) return { lines: [message.fault], malformed: true };
  const flags = (['request', 'proxiable', 'error', 'retransmitted'] as const).filter((flag) => message[flag]);
  const lines = [
    `${message.name} (${message.command}): ${message.summary}`,
    `  application  ${message.application.id} ${message.application.name}`,
    `  length       ${message.length}`,
    `  flags        ${flags.length === 0 ? 'none' : flags.join(', ')}`,
    `  hop-by-hop   0x${message.hopByHop.toString(16)}`,
    `  end-to-end   0x${message.endToEnd.toString(16)}`,
    ...message.avps.flatMap((avp) => avpLines(avp, '')),
    ...(message.fault === undefined ? [] : [`! ${message.fault}`]),
  ];
  return { lines, malformed: message.fault !== undefined };
}

function avpLines({ name, code, vendor, flags, value, meaning }: DissectedAvp, indent: string): readonly string[] {
  const label = `${indent}${name} (${code}${vendor === 0 ? '' : `, vendor ${vendor}`}, ${flags})`;
  if (typeof value === 'object') return [label, ...value.flatMap((member) => avpLines(member, `${indent}  `))];
  return [`${label}: ${value}${meaning === undefined ? '' : ` ${meaning}`}`];
}
