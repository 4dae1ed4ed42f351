/**
 * Registration and call where every fifth datagram is lost: how many succeed is what the schedules of the RFCs predict, each
 * failure is a timer that expired as it should, and nothing is broken by it. With few seeds, which makes the interval of what is
 * allowed wide; `LOSS_SEEDS=1000 npx jest test/suite/loss` is what CI runs.
 */
import { SeededRandom } from '../../src/environment/simulated/seeded-random.js';
import { playScenario } from '../../src/lab/play-scenario.js';
import { readScenarios } from '../../src/lab/read-scenarios.js';
import { drawCall } from './call-model.js';
import { CallWitness, type LossOutcome, RegistrationWitness } from './loss-outcome.js';
import { drawRegistration, nearly } from './registration-model.js';

const loss = 0.2;
/** Of the interval that an honest share leaves once in 2,000 times. */
const sigmas = 3.5;
/** Of each kind of failure: there are a dozen. */
const sigmasOfKind = 4.5;
const runsMaxMs = 600_000;

/** @param usual where the environment does not say */
function seedCount(usual: number): number {
  return Number(process.env.LOSS_SEEDS ?? usual);
}

interface Runs<TEnd extends string> {
  readonly outcomes: readonly LossOutcome<TEnd>[];
  /** Sentences of the verdicts that say no. */
  readonly broken: readonly string[];
}

async function play<TEnd extends string>(
  file: string,
  count: number,
  makeWitness: () => Pick<RegistrationWitness, 'listener'> & { readonly outcome: LossOutcome<TEnd> },
): Promise<Runs<TEnd>> {
  const [{ scenario, lab: written }] = readScenarios(file, { topology: undefined, set: [`params.loss=${loss}`] }) as [
    ReturnType<typeof readScenarios>[number],
  ];
  const outcomes: LossOutcome<TEnd>[] = [];
  const broken: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const witness = makeWitness();
    const listeners = () => [witness.listener];
    const { verdict } = await playScenario({ scenario, written, environment: 'simulated', seed, listeners });
    outcomes.push(witness.outcome);
    if (!verdict.passed) broken.push(`seed ${seed}: ${verdict.sentence}`);
  }
  return { outcomes, broken };
}

/** Shares of the ends, as drawn from the model. */
function predict<TEnd extends string>(draws: number, draw: (loss: number, random: () => number) => TEnd) {
  const random = new SeededRandom('retransmission model');
  const counts = new Map<string, number>();
  for (let index = 0; index < draws; index++) {
    const end = draw(loss, () => random.fraction());
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return { draws, shareOf: (end: string) => (counts.get(end) ?? 0) / draws, ends: [...counts.keys()] };
}

interface Compared {
  readonly end: string;
  readonly observed: number;
  readonly predicted: number;
  /** Binomial, of both samples. */
  readonly sigma: number;
}

function compare<TEnd extends string>(
  outcomes: readonly LossOutcome<TEnd>[],
  { draws, shareOf, ends }: ReturnType<typeof predict>,
): readonly Compared[] {
  const all = new Set([...ends, ...outcomes.map(({ end }) => end)]);
  return [...all].map((end) => {
    const observed = outcomes.filter((outcome) => outcome.end === end).length / outcomes.length;
    const predicted = shareOf(end);
    const share = Math.max(predicted, 1 / outcomes.length);
    const sigma = Math.sqrt(share * (1 - share) * (1 / outcomes.length + 1 / draws));
    return { end, observed, predicted, sigma };
  });
}

function beyond(compared: readonly Compared[], allowed: number): readonly Compared[] {
  return compared.filter(({ observed, predicted, sigma }) => Math.abs(observed - predicted) > allowed * sigma);
}

describe('the model of the schedules', () => {
  it('agrees with the closed form of a registration, which leaves out what costs a few attempts in 100,000', () => {
    const { draws, shareOf } = predict(50_000, drawRegistration);
    const inVain = 1 - nearly(loss);
    expect(1 - nearly(loss)).toBeCloseTo(1 - (1 - 0.36 ** 4) ** 2, 12);
    const sigma = Math.sqrt((inVain * (1 - inVain)) / draws);
    expect(Math.abs(shareOf('servingNodeSilent') - inVain)).toBeLessThan(sigmas * sigma);
    expect(shareOf('registered')).toBeGreaterThan(1 - inVain - 0.0005 - sigmas * sigma);
  });

  it('loses nothing where nothing is lost', () => {
    expect(drawRegistration(0, () => 0.5)).toBe('registered');
    expect(drawCall(0, () => 0.5)).toBe('talked');
  });
});

describe('registration under 20 % random loss', () => {
  let runs: Runs<string>;
  let prediction: ReturnType<typeof predict>;
  beforeAll(async () => {
    prediction = predict(50_000, drawRegistration);
    runs = await play('profiles/scenarios/loss/registration.yaml', seedCount(200), () => new RegistrationWitness());
  }, runsMaxMs);

  it('SIP-33, REG-32: as many attempts succeed as the schedules predict', () => {
    const compared = compare(runs.outcomes, prediction);
    expect(
      beyond(
        compared.filter(({ end }) => end === 'registered'),
        sigmas,
      ),
    ).toEqual([]);
    expect(beyond(compared, sigmasOfKind)).toEqual([]);
  });

  it('SIP-33, REG-32: each that fails does so by a timer, with 504 or without an answer', () => {
    const failures = runs.outcomes.filter(({ end }) => end !== 'registered');
    expect(failures.length).toBeGreaterThan(0);
    const answers: Readonly<Record<string, string | undefined>> = {
      servingNodeSilent: '504 of icscf1',
      interrogatingNodeSilent: '504 of pcscf1',
      proxySilent: undefined,
    };
    expect(failures.filter(({ end, answer }) => !(end in answers) || answers[end] !== answer)).toEqual([]);
  });

  it('REG-16 / RFC 5626 4.5: a UE that failed comes back by itself after its back-off', () => {
    const failures = runs.outcomes.filter(({ end }) => end !== 'registered');
    for (const { recoveredAfterMs } of failures) {
      // Half of 60 s at the least; what fails again waits longer.
      expect(recoveredAfterMs).toBeGreaterThanOrEqual(30_000);
      expect(recoveredAfterMs).toBeLessThan(3_600_000);
    }
  });

  it('breaks no rule and no invariant', () => {
    expect(runs.broken).toEqual([]);
  });
});

describe('a call under 20 % random loss', () => {
  let runs: Runs<string>;
  let prediction: ReturnType<typeof predict>;
  beforeAll(async () => {
    prediction = predict(20_000, drawCall);
    runs = await play('profiles/scenarios/loss/call.yaml', seedCount(80), () => new CallWitness());
  }, runsMaxMs);

  it('SIP-31, SIP-32, SIP-33, SIP-53, SIP-56: as many succeed as the schedules predict', () => {
    const compared = compare(runs.outcomes, prediction);
    expect(
      beyond(
        compared.filter(({ end }) => end === 'talked'),
        sigmas,
      ),
    ).toEqual([]);
    expect(beyond(compared, sigmasOfKind)).toEqual([]);
  });

  it('CALL-26, RFC 3261 17, RFC 3262 3: each that fails does so by a timer, with its answer', () => {
    const failures = runs.outcomes.filter(({ end }) => end !== 'talked');
    expect(failures.length).toBeGreaterThan(0);
    const answers: Readonly<Record<string, readonly (string | undefined)[]>> = {
      servingNodeSilent: ['504 of icscf1'],
      // 481 where its PRACK met the 504 on the way.
      progressUnacknowledged: ['504 of ue2', '481 of ue2', '481 of pcscf1', '481 of scscf1'],
      resourcesUnconfirmed: ['580 of ue2'],
      nextHopSilent: ['504 of pcscf1', '504 of scscf1', '408 of pcscf1'],
      proxySilent: [undefined],
      prackUnanswered: [undefined],
      updateUnanswered: [undefined],
      byeUnanswered: [undefined],
      ringingTooLong: [undefined],
      setupTooLong: [undefined],
    };
    expect(failures.filter(({ end, answer }) => answers[end]?.includes(answer) !== true)).toEqual([]);
  });

  it('REG-16: breaks no rule and no invariant, and leaves two UEs that are registered and can talk', () => {
    expect(runs.broken).toEqual([]);
  });
});
