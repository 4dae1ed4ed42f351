/** Which rules a message is put before, by what it is and whose it is. Made once for a list of rules; runs share it. */
import type { DiameterMessage } from './diameter-message.js';
import type { Role, Rule } from './rule.js';

/** Methods and commands are named by whoever sends: a table of them is bounded. */
const kindsMax = 1_000;
const responsePattern = /^(response|[1-6][\dx][\dx])(?: ([A-Z]+))?$/;

type Hook = 'request' | 'response' | 'diameter' | 'malformed' | 'endOfDialogue' | 'endOfSession';

/** A rule with the one hook that is asked here: all of one shape, whatever else the rules have. */
export interface AskedRule<THook extends Hook> {
  readonly rule: Rule;
  /** Of its id, from 0: rules may share an id. */
  readonly number: number;
  readonly ask: NonNullable<Rule[THook]>;
}

interface ResponseKind {
  /** Undefined: any. */
  readonly status: RegExp | undefined;
  readonly method: string | undefined;
  readonly rule: Rule;
}

/** Rules of one kind of message, by who sends it to whom. */
class ByRoles<THook extends Hook> {
  readonly #found: (readonly AskedRule<THook>[] | undefined)[] = [];

  constructor(private readonly rules: readonly AskedRule<THook>[]) {}

  between(from: Role | undefined, to: Role | undefined): readonly AskedRule<THook>[] {
    const at = number(from) * roleCount + number(to);
    let found = this.#found[at];
    if (found === undefined) {
      found = this.rules.filter(
        ({ rule }) => (rule.from === undefined || rule.from === from) && (rule.to === undefined || rule.to === to),
      );
      this.#found[at] = found;
    }
    return found;
  }
}

const roles: readonly Role[] = ['p-cscf', 'i-cscf', 's-cscf', 'hss', 'ue', 'as'];
const roleCount = roles.length + 1;

/** 0: what the topology does not have. */
function number(role: Role | undefined): number {
  return role === undefined ? 0 : roles.indexOf(role) + 1;
}

export class RuleTable {
  /** By number; every id once. */
  readonly ids: readonly string[];
  readonly malformed: readonly AskedRule<'malformed'>[];
  readonly endOfDialogue: readonly AskedRule<'endOfDialogue'>[];
  readonly endOfSession: readonly AskedRule<'endOfSession'>[];
  readonly #numbers: ReadonlyMap<string, number>;
  /** Rules by every kind that they name; those of responses apart. */
  readonly #named = new Map<string, Rule[]>();
  readonly #responses: ResponseKind[] = [];
  /** Filled as messages come by. */
  readonly #requestRules = new Map<string, ByRoles<'request'>>();
  readonly #diameterRules = new Map<string, ByRoles<'diameter'>>();
  /** By method, then status. */
  readonly #responseRules = new Map<string, Map<number, ByRoles<'response'>>>();

  constructor(rules: readonly Rule[]) {
    this.ids = [...new Set(rules.map(({ id }) => id))];
    this.#numbers = new Map(this.ids.map((id, index) => [id, index]));
    this.malformed = this.#asked(rules, 'malformed');
    this.endOfDialogue = this.#asked(rules, 'endOfDialogue');
    this.endOfSession = this.#asked(rules, 'endOfSession');
    for (const rule of rules) for (const kind of rule.of ?? []) this.#add(kind, rule);
  }

  request(method: string, from: Role | undefined, to: Role | undefined): readonly AskedRule<'request'>[] {
    const known = this.#requestRules.get(method);
    if (known !== undefined) return known.between(from, to);
    const found = new ByRoles(this.#asked(this.#of([method, 'request']), 'request'));
    if (this.#requestRules.size < kindsMax) this.#requestRules.set(method, found);
    return found.between(from, to);
  }

  response(
    status: number,
    method: string,
    from: Role | undefined,
    to: Role | undefined,
  ): readonly AskedRule<'response'>[] {
    const known = this.#responseRules.get(method)?.get(status);
    if (known !== undefined) return known.between(from, to);
    const text = String(status);
    const kinds = this.#responses.filter(
      (kind) =>
        (kind.method === undefined || kind.method === method) && (kind.status === undefined || kind.status.test(text)),
    );
    const found = new ByRoles(this.#asked(new Set(kinds.map(({ rule }) => rule)), 'response'));
    const byStatus = this.#responseRules.get(method);
    if (byStatus !== undefined) byStatus.set(status, found);
    else if (this.#responseRules.size < kindsMax) this.#responseRules.set(method, new Map([[status, found]]));
    return found.between(from, to);
  }

  diameter(
    { name, isCx, isRequest }: DiameterMessage,
    from: Role | undefined,
    to: Role | undefined,
  ): readonly AskedRule<'diameter'>[] {
    const known = this.#diameterRules.get(name);
    if (known !== undefined) return known.between(from, to);
    const general = isCx ? [isRequest ? 'Cx request' : 'Cx answer', 'Diameter'] : ['Diameter'];
    const found = new ByRoles(this.#asked(this.#of([name, ...general]), 'diameter'));
    if (this.#diameterRules.size < kindsMax) this.#diameterRules.set(name, found);
    return found.between(from, to);
  }

  #of(kinds: readonly string[]): Iterable<Rule> {
    return new Set(kinds.flatMap((kind) => this.#named.get(kind) ?? []));
  }

  /** Those that have the hook. */
  #asked<THook extends Hook>(rules: Iterable<Rule>, hook: THook): readonly AskedRule<THook>[] {
    return [...rules].flatMap((rule) => {
      const ask = rule[hook];
      return ask === undefined ? [] : [{ rule, number: this.#numbers.get(rule.id)!, ask }];
    });
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
