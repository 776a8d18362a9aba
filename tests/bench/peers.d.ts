// What is used of the peers, which are not there when types are checked: only `npm run bench` installs them.

declare module 'onnxruntime-web/wasm' {
  export const env: {
    logLevel: 'error';
    readonly wasm: { wasmPaths: string; numThreads: number };
  };
  export interface InferenceSession {
    run(feeds: object, fetches: readonly string[]): Promise<Record<string, { readonly data: unknown }>>;
    release(): Promise<void>;
  }
  export const InferenceSession: {
    create(
      model: Uint8Array,
      options: { executionProviders: readonly string[]; graphOptimizationLevel: 'disabled' },
    ): Promise<InferenceSession>;
  };
}

declare module '@litertjs/core' {
  export function loadLiteRt(folder: string, options: { threads: boolean }): Promise<unknown>;
  export class Tensor {
    constructor(data: Float32Array, shape: number[]);
    data(): Promise<unknown>;
    delete(): void;
  }
  export function loadAndCompile(
    model: Uint8Array,
    options: { accelerator: 'wasm'; cpuOptions: { numThreads: number } },
  ): Promise<{ run(inputs: readonly Tensor[]): Promise<Tensor[]>; delete(): void }>;
}

declare module '@tensorflow/tfjs-backend-wasm' {
  export function setWasmPaths(folder: string): void;
  export function setThreadsCount(threads: number): void;
}

declare module '@tensorflow/tfjs-core' {
  export interface Tensor2D {
    dataSync(): unknown;
    dispose(): void;
  }
  export function setBackend(name: 'wasm'): Promise<boolean>;
  export function ready(): Promise<void>;
  export function tensor2d(data: Float32Array, shape: [number, number]): Tensor2D;
  export function matMul(a: Tensor2D, b: Tensor2D): Tensor2D;
  export function softmax(logits: Tensor2D): Tensor2D;
  export function add(a: Tensor2D, b: Tensor2D): Tensor2D;
  export function dispose(container: object): void;
}
