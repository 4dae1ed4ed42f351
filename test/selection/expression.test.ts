import fc from 'fast-check';
import { compileExpression } from '../../src/selection/expression.js';
import { PatternError } from '../../src/selection/pattern-error.js';

/** Parts that need no going back, put together at random; the engine of V8 is the other opinion. */
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
        const ours = compileExpression(text, flag);
        expect(subjects.map((each) => ours.test(each))).toEqual(subjects.map((each) => theirs.test(each)));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['^sip:\\+?[0-9]{3,15}@', 'sip:+15550100001@ims.example', true],
    ['a/b[/\\]]c', 'a/b]c', true],
    ['x{,2}', 'x{,2}', true],
    ['^.$', '😀', true],
  ])('%s', (text, subjectText, matches) => {
    expect(compileExpression(text, '').test(subjectText)).toBe(matches);
  });

  it('by code points under u', () => {
    expect(compileExpression('^.$', 'u').test('😀')).toBe(true);
    expect(compileExpression('^\\u{1f600}\\p{Lu}$', 'u').test('😀A')).toBe(true);
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a?){50}a{50}$', '.*.*.*.*.*=$', '(?:(?:a*)*)*b'])(
    '%s ends on a text on which that of V8 never would',
    (text) => {
      expect(compileExpression(text, '').test(`${'a'.repeat(20_000)}!`)).toBe(false);
    },
  );

  it.each(['(?=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '((x{100}){100}){100}', '(a', '[b'])(
    '%s is refused',
    (text) => {
      expect(() => compileExpression(text, '')).toThrow(PatternError);
      expect(() => compileExpression(text, '')).toThrow(`/${text}/ is no regular expression of RE2`);
    },
  );
});
