import { type Linked, LinkedList } from '../src/linked-list.js';

interface Item extends Linked<Item> {
  readonly name: string;
}

const item = (name: string): Item => ({ name, before: undefined, after: undefined });
const names = (list: LinkedList<Item>): string => {
  const backwards: string[] = [];
  for (let each = list.items().at(-1); each !== undefined; each = each.before) backwards.unshift(each.name);
  const forwards = list.items().map(({ name }) => name);
  expect(backwards).toEqual(forwards);
  expect(list.size).toBe(forwards.length);
  expect(list.first?.name).toBe(forwards[0]);
  return forwards.join(' ');
};

it('keeps the order of coming, both ways, whoever goes or moves to the end', () => {
  const list = new LinkedList<Item>();
  const [a, b, c] = [item('a'), item('b'), item('c')] as const;
  expect(names(list)).toBe('');
  for (const each of [a, b, c]) list.append(each);
  list.move(c);
  expect(names(list)).toBe('a b c');
  list.move(a);
  expect(names(list)).toBe('b c a');
  list.remove(c);
  expect(names(list)).toBe('b a');
  expect(c).toEqual(item('c'));
  list.remove(a);
  list.remove(b);
  expect(names(list)).toBe('');
  list.append(b);
  expect(names(list)).toBe('b');
  list.clear();
  expect(names(list)).toBe('');
});
