/** Something whose code is fetched when it is first asked for. */
export class Late<T> {
  #value: T | undefined;
  #fetching = false;

  /** @param arrived called when it is there */
  constructor(
    readonly fetch: () => Promise<T>,
    readonly arrived: () => void,
  ) {}

  /** It, or undefined while it is on its way. A fetch that failed is tried again the next time. */
  get now(): T | undefined {
    if (this.#value === undefined && !this.#fetching) {
      this.#fetching = true;
      this.fetch()
        .then(
          (value) => (this.#value = value),
          () => undefined,
        )
        .then(() => {
          this.#fetching = false;
          if (this.#value !== undefined) this.arrived();
        });
    }
    return this.#value;
  }
}
