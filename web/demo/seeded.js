// Everything random on the page comes from here, and so does everything random in a copied snippet: the page imports
// these functions, and pastes this file's text. Plain JavaScript for that reason; seeded.d.ts has the types.

/** Scrambles 32 bits so that neighbouring inputs give unrelated outputs. */
export function scramble(value) {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A number for a word: the same word, the same number. */
export function hashWord(word) {
  let bits = 0x811c9dc5;
  for (const character of word) bits = Math.imul(bits ^ character.codePointAt(0), 0x01000193);
  return scramble(bits);
}

/** Seeded draws from a normal distribution (Box-Muller), as float32. */
export function normals(count, seed, deviation) {
  const start = scramble(seed);
  const uniform = (index) => (scramble(start + Math.imul(index + 1, 0x9e3779b9)) + 0.5) / 2 ** 32;
  return Float32Array.from({ length: count }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(2 * index)));
    return deviation * radius * Math.cos(2 * Math.PI * uniform(2 * index + 1));
  });
}

/** One vector of `dim` numbers per token. Capitals do not count: "The" and "the" get the same vector. */
export function embedTokens(tokens, dim, seed) {
  const known = new Map();
  const data = new Float32Array(tokens.length * dim);
  tokens.forEach((token, row) => {
    const word = token.toLowerCase();
    if (!known.has(word)) known.set(word, normals(dim, hashWord(word) ^ scramble(seed), 1));
    data.set(known.get(word), row * dim);
  });
  return { data, shape: [tokens.length, dim] };
}

/** A random (dim, columns) matrix. `role` is 0 for the query, 1 for the key, 2 for the value; each head has its own. */
export function randomProjection(dim, columns, seed, head, role) {
  const own = scramble(seed) ^ scramble(1000 + 3 * head + role);
  return { data: normals(dim * columns, own, 1 / Math.sqrt(dim)), shape: [dim, columns] };
}

/** The columns of the identity that belong to a head: head h of width D sees the numbers h*D to h*D + D - 1. */
export function identityProjection(dim, columns, head) {
  const data = new Float32Array(dim * columns);
  for (let column = 0; column < columns; column++) {
    const row = head * columns + column;
    if (row < dim) data[row * columns + column] = 1;
  }
  return { data, shape: [dim, columns] };
}
