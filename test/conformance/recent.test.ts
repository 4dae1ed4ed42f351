import { Recent } from '../../src/conformance/recent.js';

function recent(countMax: number): { readonly forgotten: string[]; readonly memory: Recent<string> } {
  const forgotten: string[] = [];
  const memory = new Recent<string>({ quietMs: 100, countMax, forgotten: (value) => forgotten.push(value) });
  return { forgotten, memory };
}

it('forgets the longest quiet first when there are too many', () => {
  const { forgotten, memory } = recent(3);
  for (const key of ['a', 'b', 'c', 'a', 'd', 'b', 'e']) memory.use(key, 0, () => key);
  expect(forgotten).toEqual(['b', 'c', 'a']);
  expect(['d', 'b', 'e'].map((key) => memory.peek(key))).toEqual(['d', 'b', 'e']);
  expect(memory.size).toBe(3);
});

it('forgets what was quiet for too long, and what is used stays', () => {
  const { forgotten, memory } = recent(10);
  memory.use('a', 0, () => 'a');
  memory.use('b', 10, () => 'b');
  memory.use('a', 90, () => 'never');
  memory.use('c', 111, () => 'c');
  expect(forgotten).toEqual(['b']);
  memory.clear();
  expect(forgotten).toEqual(['b', 'a', 'c']);
  expect(memory.size).toBe(0);
  expect(memory.use('a', 112, () => 'new')).toBe('new');
});
