/** A function that gives its last result again as long as its arguments are the same. */
export function remembered<A extends readonly unknown[], R>(make: (...given: A) => R): (...given: A) => R {
  let last: { readonly given: A; readonly result: R } | null = null;
  return (...given) => {
    if (last === null || !given.every((one, i) => Object.is(one, last?.given[i])))
      last = { given, result: make(...given) };
    return last.result;
  };
}
