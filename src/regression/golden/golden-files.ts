/** Golden traces of a suite: which cases have one, whether their flow is still it, and new ones under --update. */
import { displayName } from '../../topology/source.js';
import type { PlannedCase } from '../plan.js';
import { compareGolden } from './compare.js';
import { goldenFile, readGolden, removeGolden, writeGolden } from './golden-file.js';

export interface GoldenUpdate {
  readonly file: string;
  /** `unstable`: seeds give different flows, so there is none. `refused`: the file could not be written or removed. */
  readonly what: 'written' | 'unchanged' | 'unstable' | 'refused';
}

export interface GoldenVerdict {
  readonly sentence: string;
  readonly lines: readonly string[];
}

export class GoldenFiles {
  readonly #known = new Map<string, string | undefined>();
  /** Under --update: the flow of each file, or that there are several. */
  readonly #flows = new Map<string, string | 'several'>();

  constructor(private readonly isUpdate: boolean) {}

  /**
   * A golden trace is of a scenario as its file stands, in virtual time: other topologies and settings have other flows,
   * and on sockets the order of what happens at once is anyone's.
   */
  wanted(planned: PlannedCase): boolean {
    return isAsWritten(planned) && this.#isConcerned(planned);
  }

  /** Has a golden trace, or would get one, but for how it is played. */
  isLeftOut(planned: PlannedCase): boolean {
    return !isAsWritten(planned) && this.#isConcerned(planned);
  }

  #isConcerned(planned: PlannedCase): boolean {
    return this.isUpdate || this.#read(fileOf(planned)) !== undefined;
  }

  /** `undefined` where all is well, or there is nothing to compare. */
  compare(planned: PlannedCase, flow: string | undefined): GoldenVerdict | undefined {
    if (flow === undefined || !this.wanted(planned)) return undefined;
    const file = fileOf(planned);
    if (this.isUpdate) {
      const known = this.#flows.get(file);
      const isSame = known === undefined || (known !== 'several' && compareGolden(known, flow) === undefined);
      this.#flows.set(file, isSame ? (known ?? flow) : 'several');
      return undefined;
    }
    const difference = compareGolden(this.#read(file)!, flow);
    if (difference === undefined) return undefined;
    const { count, lines } = difference;
    const messages = count === 1 ? 'one message' : `${count} messages`;
    return {
      sentence: `its flow differs from ${displayName(file)} in ${messages}; --update accepts it`,
      lines: ['- as it was, + as it is now', ...lines],
    };
  }

  /** Writes what is new, only under --update. @returns by file, in their order */
  finish(): readonly GoldenUpdate[] {
    const flows = [...this.#flows].sort(([one], [other]) => (one < other ? -1 : 1));
    return flows.map(([file, flow]): GoldenUpdate => {
      try {
        return { file, what: this.#write(file, flow) };
      } catch {
        return { file, what: 'refused' };
      }
    });
  }

  #write(file: string, flow: string): GoldenUpdate['what'] {
    if (flow === 'several') {
      removeGolden(file);
      return 'unstable';
    }
    const before = this.#read(file);
    if (before !== undefined && compareGolden(before, flow) === undefined) return 'unchanged';
    writeGolden(file, flow);
    return 'written';
  }

  #read(file: string): string | undefined {
    if (!this.#known.has(file)) this.#known.set(file, readGolden(file));
    return this.#known.get(file);
  }
}

function isAsWritten({ case: { environment }, reading }: PlannedCase): boolean {
  return environment === 'simulated' && reading.topology === undefined && reading.set.length === 0;
}

function fileOf({ case: { file, scenario } }: PlannedCase): string {
  return goldenFile(file, scenario);
}
