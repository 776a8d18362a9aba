// Reads cases of recorded inputs and outputs: tests/golden/index.json, and files of ONNX in the same format. Works in Node and in browsers.

/** How far a result may be from what is expected: atol + rtol·|expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export interface CaseTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32 (float16 is widened), bytes for bool, or whole numbers (int64 is narrowed). */
  readonly data: Float32Array | Uint8Array | Int32Array;
}

export interface Case {
  readonly name: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, CaseTensor>>;
  readonly outputs: Readonly<Record<string, CaseTensor>>;
  /** Of the whole case; where it is missing, 4e-6 of the largest finite |expected| of a tensor. */
  readonly tolerance: Tolerance | undefined;
}

/** Results under the names of the case's outputs. */
export type Results = Readonly<
  Record<string, { readonly data: Float32Array; readonly shape: readonly number[] } | undefined>
>;

/** An input that the case has to have. */
export function inputOf({ inputs }: Case, name: string): CaseTensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`the case has no ${name}`);
  return tensor;
}

/** The inputs that have a parameter's name, such as `mlp1.weight`. */
export function stateDictOf({ inputs }: Case): Record<string, CaseTensor> {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name.includes('.')));
}

/** Uses a layer and disposes it. */
export function inUse<T>(layer: { dispose(): void }, use: () => T): T {
  try {
    return use();
  } finally {
    layer.dispose();
  }
}

interface TensorEntry {
  readonly name: string;
  readonly file: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface CaseEntry {
  readonly name: string;
  readonly op: string;
  readonly attrs: Case['attrs'];
  readonly inputs: readonly TensorEntry[];
  readonly outputs: readonly TensorEntry[];
  readonly tol?: Tolerance;
}

function widen(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : 2 ** (exponent - 15) * (1 + fraction / 1024));
}

function tensorOf({ name, shape, dtype, offset }: TensorEntry, file: ArrayBuffer): CaseTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  switch (dtype) {
    case 'float32':
      return { name, shape, data: new Float32Array(file, offset, count) };
    case 'float16':
      return { name, shape, data: Float32Array.from(new Uint16Array(file, offset, count), widen) };
    case 'int32':
      return { name, shape, data: new Int32Array(file, offset, count) };
    case 'int64':
      return { name, shape, data: Int32Array.from(new BigInt64Array(file, offset, count), Number) };
    case 'bool':
      return { name, shape, data: new Uint8Array(file, offset, count) };
    default:
      throw new Error(`${name}: no reader for ${dtype}`);
  }
}

/**
 * All cases of a folder that `select` wants.
 *
 * @param read Gives the bytes of a file of the folder, in a buffer that holds nothing else
 */
export async function readCases(
  read: (file: string) => Promise<ArrayBuffer>,
  select: (entry: CaseEntry) => boolean = () => true,
): Promise<Case[]> {
  const entries = JSON.parse(new TextDecoder().decode(await read('index.json'))) as CaseEntry[];
  const files = new Map<string, Promise<ArrayBuffer>>();
  async function tensors(list: readonly TensorEntry[]): Promise<Record<string, CaseTensor>> {
    const result: Record<string, CaseTensor> = {};
    for (const entry of list) {
      const file = files.get(entry.file) ?? read(entry.file);
      files.set(entry.file, file);
      result[entry.name] = tensorOf(entry, await file);
    }
    return result;
  }
  return Promise.all(
    entries.filter(select).map(async ({ name, op, attrs, inputs, outputs, tol }) => ({
      name,
      op,
      attrs,
      inputs: await tensors(inputs),
      outputs: await tensors(outputs),
      tolerance: tol,
    })),
  );
}
