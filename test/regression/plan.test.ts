import { execFileSync } from 'node:child_process';
import { ofShard, type PlannedCase, type PlanOptions, planCases, select } from '../../src/regression/index.js';
import { InputError } from '../../src/topology/problem.js';
import { outline, outlines } from './cases.js';

const theirs: PlanOptions = { topologies: [], set: [], seed: undefined, environments: [] };

function names(planned: readonly PlannedCase[]): readonly string[] {
  return planned.map((each) => each.case.name);
}

describe('planCases', () => {
  it('gives each seed a case, in virtual time where the scenario allows it', () => {
    const runner = outlines({
      'a.yaml': [outline({ seeds: [1, 2] })],
      'b.yaml': [outline({ name: 'r', environments: ['real'] })],
    });
    expect(names(planCases(['a.yaml', 'b.yaml'], runner, theirs))).toEqual([
      'calls (volte, simulated, seed 1)',
      'calls (volte, simulated, seed 2)',
      'r (volte, real)',
    ]);
  });

  it('takes the environments that are asked for, and skips what does not run there', () => {
    const runner = outlines({
      'a.yaml': [outline({ environments: ['simulated'], seeds: [1, 2, 3] })],
      'b.yaml': [outline({ name: 'r' })],
    });
    const planned = planCases(['a.yaml', 'b.yaml'], runner, { ...theirs, environments: ['real'] });
    expect(names(planned)).toEqual(['calls (volte, real)', 'r (volte, real)']);
    expect(planned.map(({ result }) => result?.sentence)).toEqual([
      'it does not run in the real environment',
      undefined,
    ]);
    expect(names(planCases(['b.yaml'], runner, { ...theirs, environments: ['simulated', 'real'] }))).toEqual([
      'r (volte, simulated, seed 1)',
      'r (volte, real)',
    ]);
  });

  it('takes a seed and topologies in place of the files’', () => {
    const runner = {
      outline: (_: string, { topology }: { topology: string | undefined }) => [
        outline({ topology: `topologies/${topology}.yaml`, seeds: [1, 2] }),
      ],
    };
    const planned = planCases(['a.yaml'], runner, { ...theirs, seed: 9, topologies: ['volte', 'volte-ipv6'] });
    expect(names(planned)).toEqual(['calls (volte, simulated, seed 9)', 'calls (volte-ipv6, simulated, seed 9)']);
  });

  it('makes names unique by their files', () => {
    const runner = outlines({ 'a.yaml': [outline()], 'b.yaml': [outline()], 'c.yaml': [outline({ name: 'other' })] });
    expect(names(planCases(['a.yaml', 'b.yaml', 'c.yaml'], runner, theirs))).toEqual([
      'calls (volte, simulated, seed 1) in a.yaml',
      'calls (volte, simulated, seed 1) in b.yaml',
      'other (volte, simulated, seed 1)',
    ]);
  });

  it('has a broken file as a case that failed, with every problem', () => {
    const problems = [1, 2].map((line) => ({
      where: `b.yaml:${line}:1`,
      key: 'steps',
      what: 'is wrong',
      mend: 'mend it',
    }));
    const runner = {
      outline: (file: string) => {
        if (file === 'b.yaml') throw new InputError(problems);
        return [outline()];
      },
    };
    const [, broken] = planCases(['a.yaml', 'b.yaml'], runner, theirs);
    expect(broken?.result).toMatchObject({
      end: 'broken',
      sentence: 'b.yaml:1:1: steps: is wrong; mend it',
      explanation: ['b.yaml:2:1: steps: is wrong; mend it'],
      where: 'b.yaml:1:1',
    });
  });
});

describe('the command that plays a case alone', () => {
  const alone = (planned: readonly PlannedCase[]) => planned.map((each) => each.case.alone);
  const runner = outlines({ 'a b.yaml': [outline({ name: "it's" })], 'b.yaml': [outline({ name: "it's" })] });

  it('names what chose it, quoted for a shell', () => {
    const options: PlanOptions = { topologies: ['x y'], set: ["a.b='1'", 'c=2'], seed: 7, environments: [] };
    const [command] = alone(planCases(['a b.yaml'], runner, options));
    expect(command).toBe(
      "npx imslab test 'a b.yaml' --topology 'x y' --set 'a.b='\\''1'\\''' --set c=2 --seed 7 --grep 'it'\\''s (volte, simulated, seed 7)'",
    );
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).split('\n');
    expect(words.slice(3, -1)).toEqual([
      'a b.yaml',
      ...['--topology', 'x y', '--set', "a.b='1'", '--set', 'c=2', '--seed', '7'],
      ...['--grep', "it's (volte, simulated, seed 7)"],
    ]);
  });

  it('has --real on sockets, where there is no seed, and no option that was not needed', () => {
    const real = planCases(['b.yaml'], runner, { ...theirs, seed: 7, environments: ['real'] });
    expect(alone(real)).toEqual(["npx imslab test b.yaml --real --grep 'it'\\''s (volte, real)'"]);
    expect(alone(planCases(['b.yaml'], runner, theirs))).toEqual([
      "npx imslab test b.yaml --grep 'it'\\''s (volte, simulated, seed 1)'",
    ]);
  });

  it('chooses by the name that the case has alone, not by one that tells it from other files’', () => {
    const [first] = planCases(['a b.yaml', 'b.yaml'], runner, theirs);
    expect(first?.case.name).toBe("it's (volte, simulated, seed 1) in a b.yaml");
    expect(first?.case.alone).toBe("npx imslab test 'a b.yaml' --grep 'it'\\''s (volte, simulated, seed 1)'");
  });
});

describe('select', () => {
  const planned = planCases(
    ['a.yaml'],
    outlines({ 'a.yaml': [outline({ name: 'Lost-200' }), outline({ name: 'call' })] }),
    theirs,
  );

  it('looks for text in names, in any case', () => {
    expect(names(select(planned, { grep: 'LOST', names: undefined }))).toEqual(['Lost-200 (volte, simulated, seed 1)']);
    expect(select(planned, { grep: undefined, names: new Set(['call (volte, simulated, seed 1)']) })).toHaveLength(1);
    expect(select(planned, { grep: undefined, names: undefined })).toHaveLength(2);
  });

  it('takes a whole name for that case alone', () => {
    const similar = [outline({ name: 'call [to=ue2]' }), outline({ name: 'recall' }), outline({ name: 'call' })];
    const some = planCases(['a.yaml'], outlines({ 'a.yaml': similar }), theirs);
    const grep = 'call (volte, simulated, seed 1)';
    expect(names(select(some, { grep, names: undefined }))).toEqual([grep]);
    expect(select(some, { grep: grep.toUpperCase(), names: undefined })).toHaveLength(2);
  });
});

describe('ofShard', () => {
  const many = Array.from({ length: 400 }, (_, number) => outline({ name: `scenario-${number}` }));
  const planned = planCases(['a.yaml'], outlines({ 'a.yaml': many }), theirs);

  it.each([1, 2, 3, 4, 7])('gives each of %i shards its part, and each case to one', (count) => {
    const shards = Array.from({ length: count }, (_, at) => names(ofShard(planned, { index: at + 1, count })));
    expect(shards.flat().sort()).toEqual([...names(planned)].sort());
    for (const shard of shards) expect(shard.length).toBeGreaterThan(400 / count / 2);
  });

  it('leaves a case where it was when others come', () => {
    const before = names(ofShard(planned.slice(0, 200), { index: 2, count: 3 }));
    expect(names(ofShard(planned, { index: 2, count: 3 })).slice(0, before.length)).toEqual(before);
  });
});
