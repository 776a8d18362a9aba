/** Milliseconds until it is asked again. */
const PAUSE = 16;

/** Asks until the answer is known; what an `ask` throws ends it. */
export async function whenKnown<T>(ask: () => T | null): Promise<T> {
  for (;;) {
    const answer = ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
