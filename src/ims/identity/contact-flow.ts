/** Which UE and which of its flows a Contact of REGISTER names: one reading for all who key or compare contacts. RFC 5626 4.1, 4.2, 11. */
import type { NameAddress } from '../../sip/index.js';

export interface ContactFlow {
  /** +sip.instance without its angle brackets; undefined: it names no instance. */
  readonly instanceId: string | undefined;
  /** reg-id; undefined: the contact is none of a flow. */
  readonly flow: number | undefined;
}

const flowMax = 2 ** 31 - 1;

export function contactFlow({ parameters }: NameAddress): ContactFlow {
  const instance = parameters.get('+sip.instance');
  if (typeof instance !== 'string') return { instanceId: undefined, flow: undefined }; // RFC 5626 6: reg-id alone says nothing
  const instanceId = instance.startsWith('<') && instance.endsWith('>') ? instance.slice(1, -1) : instance;
  return { instanceId, flow: flowNumber(parameters.get('reg-id')) };
}

/** RFC 5626 11: from 1 to 2^31 - 1; what is no such number names no flow. */
function flowNumber(text: string | true | undefined): number | undefined {
  if (typeof text !== 'string' || !/^\d{1,10}$/.test(text)) return undefined;
  const flow = Number(text);
  return flow >= 1 && flow <= flowMax ? flow : undefined;
}
