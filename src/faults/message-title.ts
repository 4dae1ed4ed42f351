import { summariseDiameter } from '../diameter/index.js';
import { readMessage, type SeenMessage } from '../selection/index.js';

/** As patterns write it: `REGISTER`, `401 REGISTER`, `UAA 2001 FIRST_REGISTRATION`, `RTP`. */
export function messageTitle({ protocol, bytes }: SeenMessage): string {
  if (protocol === 'diameter' && bytes.length >= 20) return summariseDiameter(bytes).summary;
  const message = protocol === 'sip' ? readMessage(bytes) : undefined;
  if (message !== undefined) return message.kind === 'request' ? message.method : `${message.status} ${message.method}`;
  return protocol === 'rtp' || protocol === 'rtcp' ? protocol.toUpperCase() : `${bytes.length} octets`;
}
