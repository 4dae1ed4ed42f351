import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  call,
  change,
  type DrivenLab,
  deregister,
  drop,
  expectCall,
  expectMessage,
  fault,
  hangUp,
  InputError,
  lab,
  labMatchers,
  parallel,
  register,
  ScenarioError,
  StartError,
  UsageError,
  wait,
} from '../../src/index.js';
import { Names } from '../../src/scenario/language/names.js';
import { withNodes } from '../../src/scenario/language/step-names.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { TestFolder } from '../topology/files.js';

/** The library, as a suite of somebody else's uses it. */
const { toHaveSent, toBeInState, toHavePassed } = labMatchers;
const folder = new TestFolder();
afterAll(() => folder.remove());

/** Other tests may have the shipped topology on sockets at the same time. */
const ownAddresses = {
  'nodes.pcscf1.listen': ['udp://127.0.77.1:5060', 'tcp://127.0.77.1:5060'],
  'nodes.icscf1.listen': ['udp://127.0.77.2:5060', 'tcp://127.0.77.2:5060'],
  'nodes.scscf1.listen': ['udp://127.0.77.3:5060', 'tcp://127.0.77.3:5060'],
  'nodes.hss1.listen': ['tcp://127.0.77.4:3868'],
};

const namesOfVolte = (): Names => new Names(loadLab(findTopology('volte')));

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as Error,
  );
}

describe.each(['simulated', 'real'] as const)('a %s lab', (environment) => {
  let volte: DrivenLab;
  afterEach(() => volte.close());

  it('is driven step by step: what an earlier call of play made is known to a later one', async () => {
    const out = join(folder.path, environment);
    volte = await lab({ environment, out, set: ownAddresses });
    await volte.register(['ue1', 'ue2']);
    expect(toHaveSent(volte, { message: '200 REGISTER', to: ['ue1'] }, 1).pass).toBe(true);
    expect(toBeInState(volte, 'ue1', 'registration', 'registered').pass).toBe(true);
    await volte.play(
      call({ from: 'ue1', to: 'ue2', as: 'c1', holdFor: 'until-released' }),
      expectCall({ as: 'c1', is: 'talking' }),
    );
    await volte.play(hangUp({ as: 'c1', ue: 'ue2' }), expectCall({ as: 'c1', is: 'released' }));
    await volte.play(expectMessage('200 BYE', { to: 'ue2' }));
    await volte.deregister(['ue1', 'ue2']);
    const verdict = await volte.close();
    expect(toHavePassed(verdict)).toMatchObject({ pass: true });
    expect(verdict.checks.map(({ check }) => check)).toEqual(['ts24229', 'invariants']);
    for (const file of ['capture.pcapng', 'trace.jsonl', 'ladder.md', 'ladder.svg', 'report.html', 'result.json'])
      expect(existsSync(join(out, file))).toBe(true);
  });
});

describe('what goes wrong', () => {
  let volte: DrivenLab;
  beforeEach(async () => {
    volte = await lab({ seed: 7 });
  });
  afterEach(() => volte.close());

  it('says what was expected, what came, and where the test asked; the lab works on', async () => {
    await volte.play(fault(drop('200 REGISTER', { to: 'ue1' })));
    const error = await failure(volte.play(expectMessage('603 INVITE', { from: 'hss1', within: '1s' })));
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error.message).toMatch(/^step 1: 603 INVITE from hss1 did not come within 1 s/);
    expect(error.message).toMatch(/test\/lab\/driver\.test\.ts:\d+:\d+/);
    expect(error.stack!.split('\n').find((line) => line.startsWith('    at '))).toContain('driver.test.ts');
    await volte.register('ue1');
  });

  it('names what the topology does not have, with the nearest word', async () => {
    expect((await failure(volte.register('ue9'))).message).toMatch(/no UE 'ue9'.*did you mean 'ue1'\?/);
    expect(await failure(lab({ topology: 'volt' }))).toBeInstanceOf(InputError);
    expect(await failure(lab({ set: { 'nodes.ue1.cal.answer': 'busy' } }))).toBeInstanceOf(InputError);
  });

  it('all and globs stand for the same as in a scenario file', async () => {
    await volte.register('all');
    expect(volte.state('ue1', 'registration')).toBe('registered');
    expect(volte.state('ue2', 'registration')).toBe('registered');
    await volte.play(parallel([deregister({ ue: 'ue?', atOnce: true })]), expectMessage('200 REGISTER', { to: 'ue*' }));
    expect(volte.state('ue2', 'registration')).toBe('notRegistered');
    const error = await failure(volte.play(register({ ue: 'eu*' })));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/driver\.test\.ts:\d+:\d+: ue\[0\]: .* has no UE like 'eu\*'; use one of ue1, ue2/);
    const [all, one] = [register({ ue: 'all' }), register({ ue: 'ue1' })];
    expect(
      withNodes([all, { ...all, timeoutMs: 5 }, one], namesOfVolte()).map((step) => (step as typeof all).timeoutMs),
    ).toEqual([80_000, 5, 40_000]);
  });

  it('keys that lab() does not know are refused, in JavaScript too', async () => {
    const error = await failure(lab({ topolgy: 'volte' } as object));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe("lab(): 'topolgy' is not known; did you mean 'topology'?");
  });

  it('real equipment is not simulated', async () => {
    const set = { 'nodes.hss1.external': true };
    const error = await failure(lab({ set }));
    expect(error instanceof UsageError || error instanceof InputError).toBe(true);
  });

  it('matchers tell what was there instead', async () => {
    await volte.play(wait(10));
    expect(toHaveSent(volte, '200 REGISTER').message()).toMatch(
      /^expected 200 REGISTER to have passed; it passed 0 times/,
    );
    expect(toBeInState(volte, 'ue1', 'registration', 'registered').message()).toMatch(/it is in notRegistered$/);
    const failed = { passed: false, sentence: 'step 1: no', explanation: ['because'] };
    expect(toHavePassed(failed)).toMatchObject({ pass: false });
    expect(toHavePassed(failed).message()).toBe('step 1: no\nbecause');
  });

  it('REG-11 / TS 33.203 Annex T: a UE whose subscription is GIBA sends no Authorization and breaks no rule', async () => {
    const access = await lab({ topology: 'authentication', environment: 'simulated' });
    await access.register(['address']);
    expect(await access.close()).toMatchObject({ passed: true });
  });

  it('a rule that is broken fails the end, with the message and the clause', async () => {
    await volte.play(fault(change('REGISTER', { from: 'pcscf1', set: { 'Max-Forwards': 71 } })));
    await volte.register('ue1');
    const { passed, findings } = await volte.close();
    // The fault is the test's own: it is told, and blames nobody.
    expect(passed).toBe(true);
    expect(findings.find(({ rule }) => rule === 'SIP-42')).toMatchObject({ node: 'pcscf1', fault: expect.any(String) });
  });

  it('nothing is played once it is closed, and a second close says the same', async () => {
    await volte.register('ue1');
    const verdict = await volte.close();
    expect(verdict).toMatchObject({ passed: true, sentence: 'all checks passed' });
    expect(await volte.close()).toBe(verdict);
    expect(await failure(volte.register('ue1'))).toBeInstanceOf(UsageError);
  });

  it('an environment that is none, and a folder that cannot be, are told', async () => {
    expect(await failure(lab({ environment: 'sim' as 'simulated' }))).toBeInstanceOf(UsageError);
    const file = folder.write('file', '');
    expect(await failure(lab({ out: join(file, 'x') }))).toBeInstanceOf(StartError);
    expect(await failure(lab({ out: '/proc/nope' }))).toBeInstanceOf(StartError);
  });

  it('a lab that cannot start leaves whole files', async () => {
    const out = join(folder.path, 'taken');
    const set = { ...ownAddresses, 'nodes.hss1.listen': ['tcp://192.0.2.77:3868'] };
    expect(await failure(lab({ environment: 'real', set, out }))).toBeInstanceOf(StartError);
    expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))).toMatchObject({ passed: false });
  });
});
