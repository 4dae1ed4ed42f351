import fc from 'fast-check';
import { compareGolden } from '../../../src/regression/index.js';

const flow = `# register on topologies/volte.yaml
# register ue1
ue1 → pcscf1  REGISTER sip:home.example | Via: <branch ue1>;rport | Call-ID: <call-1> | Expires: 600
pcscf1 → icscf1  REGISTER sip:home.example | … | Via: <branch pcscf1>, <branch ue1>;rport
icscf1 → pcscf1  401 Unauthorized (REGISTER) | Via: <branch pcscf1>, <branch ue1>;rport | Call-ID: <call-1>
pcscf1 → ue1  401 Unauthorized (REGISTER) | … | Via: <branch ue1>;rport
# de-register ue1
ue1 → pcscf1  REGISTER sip:home.example | Via: <branch ue1-2>;rport | Call-ID: <call-1> | Expires: 0
`;

describe('compareGolden', () => {
  it('is content with the same, with other remarks, and with line ends of Windows', () => {
    expect(compareGolden(flow, flow)).toBeUndefined();
    expect(compareGolden(flow, flow.replaceAll('# ', '# so '))).toBeUndefined();
    expect(compareGolden(flow.replaceAll('\n', '\r\n'), flow)).toBeUndefined();
  });

  it('is content with other numbers that are other throughout', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 99 }), fc.integer({ min: 100, max: 199 }), (one, other) => {
        const renumbered = flow
          .replaceAll('<branch ue1-2>', `<branch ue1-${other}>`)
          .replaceAll('<branch ue1>', `<branch ue1-${one}>`);
        expect(compareGolden(flow, renumbered)).toBeUndefined();
      }),
    );
  });

  it('finds a name in the place of another', () => {
    const wrong = flow.replace('… | Via: <branch ue1>;rport\n#', '… | Via: <branch ue1-2>;rport\n#');
    expect(compareGolden(flow, wrong)).toEqual({
      count: 1,
      lines: [
        '@@ register ue1 @@',
        '  pcscf1 → ue1  401 Unauthorized (REGISTER)',
        '-     Via: <branch ue1>;rport',
        '+     Via: <branch ue1-2>;rport',
      ],
    });
  });

  it('shows what changed of a message, under the step that it belongs to', () => {
    expect(compareGolden(flow, flow.replace('Expires: 0', 'Expires: 1'))).toEqual({
      count: 1,
      lines: [
        '@@ de-register ue1 @@',
        '  ue1 → pcscf1  REGISTER sip:home.example',
        '-     Expires: 0',
        '+     Expires: 1',
      ],
    });
  });

  it('shows messages that are gone, come, or became others; what follows is as before', () => {
    const lines = flow.split('\n');
    const without = lines.filter((_, index) => index !== 3).join('\n');
    expect(compareGolden(flow, without)?.lines).toEqual([
      '@@ register ue1 @@',
      '- pcscf1 → icscf1  REGISTER sip:home.example',
    ]);
    expect(compareGolden(without, flow)?.lines).toEqual([
      '@@ register ue1 @@',
      '+ pcscf1 → icscf1  REGISTER sip:home.example',
    ]);
    expect(compareGolden(flow, flow.replaceAll('401 Unauthorized', '500 Oops'))?.lines).toEqual([
      '@@ register ue1 @@',
      '- icscf1 → pcscf1  401 Unauthorized (REGISTER)',
      '- pcscf1 → ue1  401 Unauthorized (REGISTER)',
      '+ icscf1 → pcscf1  500 Oops (REGISTER)',
      '+ pcscf1 → ue1  500 Oops (REGISTER)',
    ]);
  });

  it('stays small where all is other', () => {
    const many = Array.from({ length: 500 }, (_, number) => `a → b  NOTIFY ${number}`).join('\n');
    const difference = compareGolden('', many);
    expect(difference?.count).toBe(500);
    expect(difference?.lines).toHaveLength(14);
    expect(difference?.lines.at(-1)).toBe('… and 488 more');
  });

  it('finds any change of a word, and nothing where nothing was changed', () => {
    const words = flow.split(/(?<=\s)(?=\S)/).flatMap((word, index) => (/^[\w.]+:?\s$/.test(word) ? [index] : []));
    fc.assert(
      fc.property(fc.constantFrom(...words), (at) => {
        const parts = flow.split(/(?<=\s)(?=\S)/);
        const isRemark = parts
          .slice(0, at + 1)
          .join('')
          .split('\n')
          .findLast((line) => line !== '')!
          .startsWith('#');
        parts[at] = `x${parts[at]}`;
        expect(compareGolden(flow, parts.join('')) === undefined).toBe(isRemark);
      }),
    );
  });
});
