// The processor's peak: relaxed_madd on registers alone, in a module that is put together here byte by byte.
import type { Call } from './contestant.js';

/** Accumulators: enough of them that no addition waits for the one before, few enough for the registers that the engine has. */
const ACCUMULATORS = 12;
/** Rounds of the accumulators in an iteration, so that counting does not show. */
const UNROLLED = 8;
const LANES = 4;

/** Iterations of one call, about a millisecond. */
const ITERATIONS = 80_000;

/** Floating-point operations of one call. */
export const PEAK_OPERATIONS = 2 * LANES * ACCUMULATORS * UNROLLED * ITERATIONS;

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const localGet = (index: number): number[] => [0x20, index];
const localSet = (index: number): number[] => [0x21, index];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const F32X4_SPLAT = simd(0x13);
const F32X4_EXTRACT_LANE_0 = [...simd(0x1f), 0];
const F32X4_ADD = simd(0xe4);
const F32X4_RELAXED_MADD = simd(0x105);

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}

const section = (id: number, ...contents: readonly number[]): number[] => [
  id,
  ...unsigned(contents.length),
  ...contents,
];

/** (func (export "run") (param $iterations i32) (param $x f32) (result f32)): the sum of all accumulators, so that none is left out. */
function peakModule(): Uint8Array<ArrayBuffer> {
  const [iterations, x, factor, firstAccumulator] = [0, 1, 2, 3];
  const accumulators = Array.from({ length: ACCUMULATORS }, (_, index) => firstAccumulator + index);
  const multiplyAdd = (accumulator: number): number[] => [
    ...localGet(factor),
    ...localGet(factor),
    ...localGet(accumulator),
    ...F32X4_RELAXED_MADD,
    ...localSet(accumulator),
  ];
  const body = [
    // One group of locals: the factor and the accumulators.
    ...[1, 1 + ACCUMULATORS, V128],
    ...[...localGet(x), ...F32X4_SPLAT, ...localSet(factor)],
    // loop … iterations - 1; local.tee iterations; br_if 0; end
    ...[0x03, 0x40],
    ...Array.from({ length: UNROLLED }, () => accumulators.flatMap(multiplyAdd)).flat(),
    ...[...localGet(iterations), 0x41, 1, 0x6b, 0x22, iterations, 0x0d, 0, 0x0b],
    ...accumulators.flatMap((accumulator, index) => [...localGet(accumulator), ...(index > 0 ? F32X4_ADD : [])]),
    ...[...F32X4_EXTRACT_LANE_0, 0x0b],
  ];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, I32, F32, 1, F32),
    ...section(3, 1, 0),
    ...section(7, 1, 3, ...new TextEncoder().encode('run'), 0x00, 0),
    ...section(10, 1, ...unsigned(body.length), ...body),
  );
}

/** The loop, as a call that gives nothing. */
export async function peakCall(): Promise<Call> {
  const { instance } = await WebAssembly.instantiate(peakModule());
  const run = instance.exports['run'] as (iterations: number, x: number) => number;
  return {
    run: () => void run(ITERATIONS, 0.5),
    result: () => ({ output: new Float32Array(0) }),
    release: () => undefined,
  };
}
