/** Something whose code is fetched when it is first asked for. */
export class Late<T> {
  #value: T | undefined;
  #fetching: Promise<void> | null = null;

  /**
   * @param arrived called when it is there
   * @param failed called when it could not be fetched
   */
  constructor(
    readonly fetch: () => Promise<T>,
    readonly arrived: () => void,
    readonly failed: (error: unknown) => void = () => undefined,
  ) {}

  /** It, or undefined while it is on its way. A fetch that failed is tried again the next time. */
  get now(): T | undefined {
    if (this.#value === undefined) void this.there;
    return this.#value;
  }

  /** Settles when it is there, or could not be fetched. */
  get there(): Promise<void> {
    this.#fetching ??= this.fetch().then(
      (value) => {
        this.#value = value;
        this.arrived();
      },
      (error: unknown) => {
        this.#fetching = null;
        this.failed(error);
      },
    );
    return this.#fetching;
  }
}
