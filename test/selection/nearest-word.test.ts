import { nearestWord, suggest } from '../../src/selection/nearest-word.js';

const avps = ['Applic-ID', 'Public-Identity', 'Public-Identity-List', 'User-Name', 'Origin-Host'];

it.each([
  ['Public-Id', avps, 'Public-Identity'],
  ['publicidentity', avps, 'Public-Identity'],
  ['Orign-Host', avps, 'Origin-Host'],
  ['BUSY', ['DIAMETER_UNABLE_TO_COMPLY', 'DIAMETER_TOO_BUSY', 'USER'], 'DIAMETER_TOO_BUSY'],
  ['as9', ['as1', 'pcscf1'], 'as1'],
  ['ip', ['ipsec-3gpp', 'tls'], undefined],
])('%s of %j means %s', (word, known, meant) => {
  expect(nearestWord(word, known)).toBe(meant);
});

it('one word is no choice', () => {
  expect(suggest('everybody', ['all'])).toBe('use all');
  expect(suggest('everybody', ['some', 'none'])).toBe('use one of some, none');
});

it('of hundreds the first are named, and how many there are', () => {
  const crowd = Array.from({ length: 10_000 }, (_, at) => `crowd-${at + 1}`);
  expect(suggest('everybody', crowd)).toMatch(/^use one of crowd-1, crowd-2, .*, crowd-40, … \(10000 in all\)$/);
});
