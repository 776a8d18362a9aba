/** The builds of the core: WebAssembly SIMD, which every engine has, and SIMD with relaxed multiply-add. */
export type Flavour = 'simd' | 'relaxed';

// (module (func (param v128 v128 v128) (result v128)
//   local.get 0  local.get 1  local.get 2  f32x4.relaxed_madd))
const RELAXED_MADD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
];

/**
 * The best flavour for an engine. One unknown opcode makes an engine refuse a whole module, so the very opcode is
 * tried that sets the flavours apart.
 *
 * @param validate `WebAssembly.validate` of that engine
 */
export function bestFlavour(validate: (bytes: Uint8Array<ArrayBuffer>) => boolean): Flavour {
  return validate(new Uint8Array(RELAXED_MADD)) ? 'relaxed' : 'simd';
}
