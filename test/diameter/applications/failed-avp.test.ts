import { putResult } from '../../../src/diameter/applications/result-avps.js';
import type { DiameterError } from '../../../src/diameter/index.js';

/** What Failed-AVP holds for it, in hex. */
function failedAvp(failedAvp: NonNullable<DiameterError['failedAvp']>): string {
  const into: Record<string, unknown> = {};
  putResult({ kind: 'error', resultCode: 5005, failedAvp }, into);
  const [{ AVP }] = into['Failed-AVP'] as [{ readonly AVP: readonly { readonly data: Buffer }[] }];
  return AVP[0]!.data.toString('hex');
}

it.each([
  ['Requested-Domain', 'Enumerated', '00000000'],
  ['User-Name', 'UTF8String', ''],
  ['Service-Indication', 'OctetString', ''],
  ['DSAI-Tag', 'OctetString', ''],
] as const)('RFC 6733 7.1.5: a missing %s (%s) has the least length of its format in Failed-AVP', (name, _, data) => {
  expect(failedAvp({ name, value: '' })).toBe(data);
});

it('RFC 6733 7.5: one at fault is there with what it said', () => {
  expect(failedAvp({ name: 'User-Name', value: 'alice@home' })).toBe(Buffer.from('alice@home').toString('hex'));
});
