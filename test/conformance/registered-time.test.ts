/** How long a registration lives for the rules: what a UE was granted is remembered for its time, and until it is removed. */
import { brokenIn, type Fields, type Sent } from './handmade.js';

const me = '<sip:a@example.org>';
const answer = { to: `${me};tag=s`, from: `${me};tag=a`, callId: 'r', uri: 'sip:example.org' };

/** The 200 that a P-CSCF sends, and the REGISTER before it. */
function granted(contact: string, fields: Fields & { readonly asked?: string } = {}): readonly Sent[] {
  const { asked = contact, ...more } = fields;
  const all = { ...answer, ...more };
  const { fault: _, ...request } = all;
  return [
    ['ue1', 'pcscf1', 'REGISTER', { ...request, to: all.from.replace(/;tag=.*/, ''), contact: asked }],
    ['pcscf1', 'ue1', '200 REGISTER', { ...all, contact }],
  ];
}

/** An INVITE of the UE, and what the P-CSCF forwards of it. */
function invited(time: number, from = `${me};tag=a`): readonly Sent[] {
  return [
    ['ue1', 'pcscf1', 'INVITE', { time, from, callId: 'i' }],
    ['pcscf1', 'scscf1', 'INVITE', { from, through: ['ue1'], callId: 'i' }],
  ];
}

const broken = (...sent: readonly (readonly Sent[])[]): boolean => brokenIn(sent.flat()).includes('REG-26');
const own = '<sip:a@10.0.0.1>';
const others = '<sip:a@10.0.0.2>;expires=600';

describe('REG-26 / TS 24.229 5.2.6.3: a UE is registered', () => {
  it('as long as it was granted, and 30 s more', () => {
    expect(broken(invited(0))).toBe(true);
    expect(broken(granted(`${own};expires=60`), invited(59_000))).toBe(false);
    expect(broken(granted(`${own};expires=60`), invited(89_000))).toBe(false);
    expect(broken(granted(`${own};expires=60`), invited(95_000))).toBe(true);
    const refreshed = granted(`${own};expires=60`, { cseq: 2, branch: 'r2', time: 50_000 });
    expect(broken(granted(`${own};expires=60`), refreshed, invited(95_000))).toBe(false);
  });

  it('until its contact goes, whatever others the identity has', () => {
    const removed = (contact: string): readonly Sent[] =>
      granted(contact, { asked: `${own};expires=0`, cseq: 2, branch: 'r2' });
    expect(broken(granted(`${own};expires=600`), removed(`${own};expires=0`), invited(5_000))).toBe(true);
    const beside = granted(`${own};expires=600, ${others}`, { asked: own });
    expect(broken(beside, removed(others), invited(5_000))).toBe(true);
  });

  it('as long as one of its contacts stays', () => {
    const two = `${own};expires=600, <sip:a@10.0.0.1:5070>;expires=600`;
    const removed = granted('<sip:a@10.0.0.1:5070>;expires=590', {
      asked: `${own};expires=0`,
      cseq: 2,
      branch: 'r2',
    });
    expect(broken(granted(two), removed, invited(5_000))).toBe(false);
  });

  it('with one identity when another goes, but for those of its implicit set', () => {
    const other = '<sip:z@example.org>';
    const second = { from: `${other};tag=z`, to: `${other};tag=s`, callId: 'z', branch: 'z' };
    const come = granted(`${own};expires=600`, second);
    const gone = granted(`${own};expires=0`, { ...second, cseq: 2, branch: 'z2' });
    expect(broken(granted(`${own};expires=600`), come, gone, invited(5_000))).toBe(false);
    const set = { headers: [`P-Associated-URI: ${me}, ${other}`] };
    expect(broken(granted(`${own};expires=600`, set), gone, invited(5_000))).toBe(true);
  });

  it('among more UEs behind one address than can be told apart', () => {
    const crowd = Array.from({ length: 40 }, (_, index): readonly Sent[] => {
      const one = `<sip:u${index}@example.org>`;
      const way = { from: `${one};tag=u`, to: `${one};tag=s`, callId: `u${index}`, branch: `u${index}` };
      return granted(`<sip:u${index}@10.0.0.1>;expires=600`, way);
    });
    expect(broken(...crowd, invited(5_000, '<sip:u0@example.org>;tag=u'))).toBe(false);
    expect(broken(...crowd, invited(5_000, '<sip:u39@example.org>;tag=u'))).toBe(false);
  });
});
