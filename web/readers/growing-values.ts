import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { MOST_VALUES } from './limits.js';

/** Float32 values whose number is not known before all of a text is read. */
export class GrowingValues {
  private values = new Float32Array(256);
  private count = 0;

  /** @param argument What an error calls the file. */
  constructor(private readonly argument: string) {}

  push(value: number): void {
    if (this.count === this.values.length) {
      if (this.count >= MOST_VALUES) {
        throw new HeadscopeError('TooLarge', this.argument, `at most ${MOST_VALUES} values`, 'more');
      }
      const larger = new Float32Array(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  /** A copy of what was pushed. */
  toArray(): Float32Array {
    return this.values.slice(0, this.count);
  }
}
