/** Elements as the XML parser gives them: a text, an object by the names of the children, an array where several have one name. */

export type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of that name. Empty ones count as absent. */
export function childOf(parent: unknown, name: string): Element | undefined {
  if (!isElement(parent)) return undefined;
  const value = parent[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isElement(first) ? first : undefined;
}

export function childrenOf(parent: Element, name: string): readonly Element[] {
  const value = parent[name];
  if (Array.isArray(value)) return value.filter(isElement);
  return isElement(value) ? [value] : [];
}

/** Trimmed; `undefined` where there is none or it is empty. */
export function textOf(parent: unknown, name: string): string | undefined {
  return textsOf(parent, name)[0];
}

export function textsOf(parent: unknown, name: string): readonly string[] {
  if (!isElement(parent)) return [];
  const value = parent[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((each) => {
    const text = isElement(each) ? each['#text'] : each; // with children of its own it is an object
    return typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [];
  });
}

/** A whole number that is not negative. */
export function numberOf(parent: unknown, name: string): number | undefined {
  return numbersOf(parent, name)[0];
}

export function numbersOf(parent: unknown, name: string): readonly number[] {
  return textsOf(parent, name).flatMap((text) => wholeNumber(text) ?? []);
}

/** xs:int that is not negative. */
export function wholeNumber(text: string): number | undefined {
  if (!/^\+?\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 0x7fffffff ? number : undefined;
}

/** Present, whether empty or not. */
export function hasChild(parent: unknown, name: string): boolean {
  return isElement(parent) && Object.hasOwn(parent, name);
}

/** xs:boolean */
export function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true';
}
