import fc from 'fast-check';
import { Expression } from '../../src/selection/expression.js';
import { PatternError } from '../../src/selection/pattern-error.js';

/** Parts that an automaton can do, put together at random; the engine of V8 is the other opinion. */
const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\d',
  '\\.',
  '\\x61',
  '^',
  '$',
  '\\b',
  '\\B',
  '\\n',
  '',
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?');
const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, quantifier).map(([one, often]) => (/^(?:\^|\$|\\[bB]|)$/.test(one) ? one : one + often)),
    fc.tuple(tie('source'), tie('source')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('source'), tie('source')).map(([one, other]) => `${one}|${other}`),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?<n>'), tie('source'), quantifier)
      .map(([open, one, often]) => `${open}${one})${often}`),
  ),
}));
const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '1', ' ', '\n', 'é'), maxLength: 8 });

describe('an expression', () => {
  it('matches where the one of V8 does', () => {
    const flags = fc.constantFrom('', 'i', 'm', 's', 'u', 'im');
    fc.assert(
      fc.property(source, flags, fc.array(subject, { minLength: 3, maxLength: 3 }), (text, flag, subjects) => {
        let theirs: RegExp;
        try {
          theirs = new RegExp(text, flag);
        } catch {
          return; // two groups of one name
        }
        const ours = new Expression(text, flag);
        expect(subjects.map((each) => ours.test(each))).toEqual(subjects.map((each) => theirs.test(each)));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['^sip:\\+?[0-9]{3,15}@', 'sip:+15550100001@ims.example', true],
    ['a/b[/\\]]c', 'a/b]c', true],
    ['x{,2}', 'x{,2}', true],
    ['^.$', '😀', false],
  ])('%s', (text, subjectText, matches) => {
    expect(new Expression(text, '').test(subjectText)).toBe(matches);
  });

  it('by code points under u', () => {
    expect(new Expression('^.$', 'u').test('😀')).toBe(true);
    expect(new Expression('^\\u{1f600}\\p{Lu}$', 'u').test('😀A')).toBe(true);
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a?){50}a{50}$', '.*.*.*.*.*=$', '(?:(?:a*)*)*b'])(
    '%s ends on a text on which that of V8 never would',
    (text) => {
      expect(new Expression(text, '').test(`${'a'.repeat(20_000)}!`)).toBe(false);
    },
  );

  it.each([
    ['(?=a)b', 'the expression looks ahead or behind'],
    ['(?<!a)b', 'the expression looks ahead or behind'],
    ['(a)\\1', 'the expression refers back to what it has matched'],
    ['(?<n>a)\\k<n>', 'the expression refers back to what it has matched'],
    ['((x{100}){100}){100}', 'the expression repeats too much'],
  ])('%s is refused', (text, what) => {
    expect(() => new Expression(text, '')).toThrow(PatternError);
    expect(() => new Expression(text, '')).toThrow(what);
  });
});
