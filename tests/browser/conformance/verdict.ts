/** What a page of this folder finds out, written into its `#verdict` as JSON when it is done. */
export interface Verdict {
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[];
  /** How many checks were made. */
  readonly checks: number;
  /** Of the engine in the page, if it was loaded there. */
  readonly flavour: string | null;
}

/** Collects the results of checks and shows them. A check that throws is a problem; the others go on. */
export class Checks {
  readonly #problems: string[] = [];
  #count = 0;
  flavour: string | null = null;

  /** @param check Gives what is wrong, or nothing */
  async run(name: string, check: () => Promise<readonly string[] | void> | readonly string[] | void): Promise<void> {
    ++this.#count;
    try {
      for (const problem of (await check()) ?? []) this.#problems.push(`${name}: ${problem}`);
    } catch (error) {
      this.#problems.push(`${name}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    }
  }

  show(): void {
    const verdict: Verdict = { problems: this.#problems, checks: this.#count, flavour: this.flavour };
    const summary = document.createElement('p');
    summary.textContent = `${this.#count} checks, ${this.#problems.length} problems, flavour ${this.flavour ?? 'unknown'}`;
    const text = document.createElement('pre');
    text.id = 'verdict';
    text.textContent = JSON.stringify(verdict, null, 1);
    document.body.append(summary, text);
  }
}

/** The problem that two things differ, or none. */
export function equal(what: string, got: unknown, expected: unknown): string[] {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  return left === right ? [] : [`${what} is ${left}, not ${right}`];
}
