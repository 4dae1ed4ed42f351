import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Compiled } from '../regression/compiled.js';

/**
 * Defects planted into a copy of the lab: the shipped good case must catch each of them, with a sentence that names the
 * node and the clause. The copy is the compiled program; one line of it is changed.
 */
interface Defect {
  readonly what: string;
  readonly module: string;
  readonly line: string | RegExp;
  readonly becomes: string;
  /** What the summary says of it. */
  readonly caught: RegExp;
}

const defects: readonly Defect[] = [
  {
    what: 'the P-CSCF shows the keys of a challenge to the UE',
    module: 'ims/pcscf/headers.js',
    line: /withParameter\(withParameter\(challenge, 'ck', undefined\), 'ik', undefined\)/,
    becomes: 'challenge',
    caught: /check ts24229: pcscf1 sent ck or ik to ue1: .*REG-23, TS 24\.229/,
  },
  {
    what: 'the P-CSCF leaves out Path',
    module: 'ims/pcscf/registration.js',
    line: /editor\.prepend\('Path'.*$/m,
    becomes: '',
    caught: /check ts24229: pcscf1 forwarded REGISTER without Path: .*REG-20, TS 24\.229/,
  },
  {
    what: 'the S-CSCF leaves out Service-Route',
    module: 'ims/scscf/register-answer.js',
    line: /'Service-Route'/,
    becomes: "'X-Service-Route'",
    caught: /^ {10}rules .*scscf1.*Service-Route/m,
  },
  {
    what: 'a proxy does not count Max-Forwards down',
    module: 'sip/proxy/proxy-core.js',
    line: /maxForwards - 1/,
    becomes: 'maxForwards',
    caught:
      /check ts24229: pcscf1 forwarded REGISTER to icscf1 with Max-Forwards 70: it has to be 69 \(SIP-42, RFC 3261 16\.6/,
  },
  {
    what: 'the HSS gives the same SQN twice',
    module: 'ims/hss/authentication-centre.js',
    line: /const sqn = this\.#sqn\.next\([^;]*\)/,
    becomes: 'const sqn = this.#sqn.last',
    caught: /step 1: ue1 could not register: .*SQN [0-9a-f]+ of the challenge is not acceptable to its SIM/,
  },
  {
    what: 'the UE forgets the Service-Route in its INVITE',
    module: 'ims/ue/invite-request.js',
    line: /\[\s*proxyRoute,\s*\.\.\.serviceRoute\s*\]/,
    becomes: '[proxyRoute]',
    caught: /check ts24229: ue1 sent INVITE .*it has to be the Service-Route .*REG-14, TS 24\.229/,
  },
];

const root = resolve(__dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'imslab-planted-'));
let copy: Compiled;
beforeAll(() => {
  copy = new Compiled();
}, 60_000);
afterAll(() => {
  copy.remove();
  rmSync(out, { recursive: true, force: true });
});

it('the copy passes as it is', async () => {
  const { stdout, status } = await copy.imslab(['test', 'register-and-call', '--out', out], root);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed');
  expect(status).toBe(0);
}, 60_000);

it.each(defects)(
  '$what: it is caught',
  async ({ module, line, becomes, caught }) => {
    const restore = copy.change(module, line, becomes);
    try {
      const { stdout, status } = await copy.imslab(['test', 'register-and-call', '--out', out], root);
      expect(stdout).toMatch(caught);
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
      expect(status).toBe(1);
    } finally {
      restore();
    }
  },
  60_000,
);
