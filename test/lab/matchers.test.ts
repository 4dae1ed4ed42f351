import '../../src/lab/matchers-jest.js';
import { clearFault, type DrivenLab, drop, fault, lab } from '../../src/index.js';

/** The matchers as a suite of jest has them, types included. */
describe('matchers of jest', () => {
  let volte: DrivenLab;
  beforeAll(async () => {
    volte = await lab();
    await volte.register('ue1');
  });
  afterAll(() => volte.close());

  it('toHaveSent: at least once, or so many times', () => {
    expect(volte).toHaveSent('200 REGISTER');
    expect(volte).toHaveSent({ message: '401 REGISTER', to: ['ue1'] }, 1);
    expect(volte).not.toHaveSent('503');
    expect(() => expect(volte).toHaveSent('503 REGISTER')).toThrow('to have passed; it passed 0 times');
    expect(() => expect(volte).not.toHaveSent('200 REGISTER')).toThrow('not to have passed; it passed');
  });

  it('toHaveSent counts what came, as expectMessage does, and toHaveLost what did not', async () => {
    const pattern = { message: '200 REGISTER', from: ['pcscf1'], to: ['ue2'] };
    await volte.play(fault(drop('200 REGISTER', { from: 'pcscf1', to: 'ue2' })));
    await volte.register('ue2');
    await volte.play(clearFault());
    expect(volte).toHaveSent(pattern, 1);
    expect(volte).toHaveLost(pattern, 1);
    expect(volte.messages(pattern).map(({ id }) => id)).not.toEqual(volte.lost(pattern).map(({ id }) => id));
    expect(() => expect(volte).toHaveSent(pattern, 2)).toThrow('2 times; it passed once, and 1 more was lost');
    expect(() => expect(volte).toHaveLost(pattern, 2)).toThrow('2 times; it was lost once, and passed once');
    expect(() => expect(volte).toHaveSent('503', 1)).toThrow('  pcscf1 → ue2  200 OK (REGISTER) (lost)');
    expect(volte).not.toHaveLost('INVITE');
    expect(volte.messages({ ...pattern, to: ['ue*'] })).toHaveLength(2);
  });

  it('toBeInState: says where it is', () => {
    expect(volte).toBeInState('ue1', 'registration', 'registered');
    expect(volte).not.toBeInState('ue1', 'registration', 'register');
    const wrong = (): void => expect(volte).toBeInState('ue1', 'registration', 'deregistered');
    expect(wrong).toThrow('expected registration of ue1 to be in deregistered; it is in registered');
    expect(() => expect(volte).toBeInState('ue1', 'nothing', 'x')).toThrow("ue1 has had no machine 'nothing'");
  });

  it('toHavePassed: shows the sentence and the explanation', () => {
    const verdict = { passed: false, sentence: 'ue1 could not register', explanation: ['because'] };
    expect({ ...verdict, passed: true }).toHavePassed();
    expect(() => expect(verdict).toHavePassed()).toThrow('ue1 could not register\nbecause');
  });
});
