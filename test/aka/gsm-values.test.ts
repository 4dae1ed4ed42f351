import { kcOf, sresOf } from '../../src/aka/index.js';
import { hex } from './published.js';

/** RES, CK and IK of TS 35.208 4.3.1; Kc and SRES as TS 55.205 has them for it. */
it('AKA-04 / TS 33.102 6.8.1.2, TS 55.205: Kc is made of both halves of CK and IK, SRES of the parts of RES', () => {
  const kc = kcOf(hex('b40ba9a3c58b2a05bbf0d987b21bf8cb'), hex('f769bcd751044604127672711c6d3441'));
  expect(kc.toString('hex')).toBe('eae4be823af9a08b');
  expect(sresOf(hex('a54211d5e3ba50bf')).toString('hex')).toBe('46f8416a');
});
