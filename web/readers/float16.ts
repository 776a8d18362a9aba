const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The nearest float16 (IEEE 754 binary16) of a float32, ties to even, as its bits; beyond 65504 an infinity. */
export function toHalf(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // The exponent's bias is 112 less, and 13 bits of the fraction go.
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  // Below 2^-14 halves are multiples of 2^-24.
  const steps = Math.abs(value) * 2 ** 24;
  const below = Math.floor(steps);
  const rest = steps - below;
  return sign | (below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0));
}
