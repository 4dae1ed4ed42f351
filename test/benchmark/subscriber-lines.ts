/** Subscribers of the benchmarks. */
import { randomBytes } from 'node:crypto';
import { distinctIdentity, implicitSet, type Subscriber } from '../../src/ims/subscription/subscriber.js';

export const home = 'ims.mnc001.mcc001.3gppnetwork.org';

/** As a subscriber file with a key of its own for each line has them. */
export function* lines(count: number): Generator<Subscriber> {
  const amf = Buffer.from('8000', 'hex');
  for (let index = 0; index < count; index++) {
    const imsi = imsiOf(index);
    const number = `+1555${String(index).padStart(8, '0')}`;
    yield {
      imsi,
      privateIdentity: `${imsi}@${home}`,
      implicitSets: [
        implicitSet([
          distinctIdentity(`sip:${imsi}@${home}`, true),
          distinctIdentity(`sip:${number}@${home}`),
          distinctIdentity(`tel:${number}`),
        ]),
      ],
      authentication: {
        scheme: 'aka',
        aka: {
          material: { algorithm: 'milenage', k: randomBytes(16), opc: randomBytes(16) },
          amf,
          sqn: BigInt(index) * 32n,
          ind: 2,
          indBits: 5,
          resWithoutZeroOctets: false,
        },
      },
      capabilities: { mandatory: [], optional: [] },
      visitedNetworks: undefined,
    };
  }
}

export function imsiOf(index: number): string {
  return `00101${String(index).padStart(10, '0')}`;
}
