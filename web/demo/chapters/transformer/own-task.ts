/** Goes on in a task of its own, so that none is long enough to be felt. */
export function ownTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
