/** Which rules a message is put before, by what it is. */
import type { DiameterMessage } from './diameter-message.js';
import type { Rule } from './rule.js';

/** Methods and commands are named by whoever sends: a table of them is bounded. */
const kindsMax = 1_000;
const responsePattern = /^(response|[1-6][\dx][\dx])(?: ([A-Z]+))?$/;

interface ResponseKind {
  /** Undefined: any. */
  readonly status: RegExp | undefined;
  readonly method: string | undefined;
  readonly rule: Rule;
}

export class RuleTable {
  readonly malformed: readonly Rule[];
  readonly endOfDialogue: readonly Rule[];
  readonly endOfSession: readonly Rule[];
  /** Rules by every kind that they name; those of responses apart. */
  readonly #named = new Map<string, Rule[]>();
  readonly #responses: ResponseKind[] = [];
  /** Filled as messages come by. */
  readonly #requestRules = new Map<string, readonly Rule[]>();
  readonly #diameterRules = new Map<string, readonly Rule[]>();
  /** By method, then status. */
  readonly #responseRules = new Map<string, Map<number, readonly Rule[]>>();

  constructor(rules: readonly Rule[]) {
    this.malformed = rules.filter((rule) => rule.malformed !== undefined);
    this.endOfDialogue = rules.filter((rule) => rule.endOfDialogue !== undefined);
    this.endOfSession = rules.filter((rule) => rule.endOfSession !== undefined);
    for (const rule of rules) for (const kind of rule.of ?? []) this.#add(kind, rule);
  }

  request(method: string): readonly Rule[] {
    const known = this.#requestRules.get(method);
    if (known !== undefined) return known;
    const found = this.#of([method, 'request']).filter((rule) => rule.request !== undefined);
    if (this.#requestRules.size < kindsMax) this.#requestRules.set(method, found);
    return found;
  }

  response(status: number, method: string): readonly Rule[] {
    const known = this.#responseRules.get(method)?.get(status);
    if (known !== undefined) return known;
    const text = String(status);
    const found = this.#responses.filter(
      (kind) =>
        (kind.method === undefined || kind.method === method) && (kind.status === undefined || kind.status.test(text)),
    );
    const rules = [...new Set(found.map(({ rule }) => rule))];
    const byStatus = this.#responseRules.get(method);
    if (byStatus !== undefined) byStatus.set(status, rules);
    else if (this.#responseRules.size < kindsMax) this.#responseRules.set(method, new Map([[status, rules]]));
    return rules;
  }

  diameter({ name, isCx, isRequest }: DiameterMessage): readonly Rule[] {
    const known = this.#diameterRules.get(name);
    if (known !== undefined) return known;
    const general = isCx ? [isRequest ? 'Cx request' : 'Cx answer', 'Diameter'] : ['Diameter'];
    const found = this.#of([name, ...general]).filter((rule) => rule.diameter !== undefined);
    if (this.#diameterRules.size < kindsMax) this.#diameterRules.set(name, found);
    return found;
  }

  #of(kinds: readonly string[]): Rule[] {
    return [...new Set(kinds.flatMap((kind) => this.#named.get(kind) ?? []))];
  }

  #add(kind: string, rule: Rule): void {
    const [, status, method] = responsePattern.exec(kind) ?? [];
    if (status !== undefined) {
      const pattern = status === 'response' ? undefined : new RegExp(`^${status.replaceAll('x', '\\d')}$`);
      this.#responses.push({ status: pattern, method, rule });
      return;
    }
    const named = this.#named.get(kind);
    if (named === undefined) this.#named.set(kind, [rule]);
    else named.push(rule);
  }
}
