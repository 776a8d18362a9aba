let last = Promise.resolve();

/**
 * Goes on in a task that nobody else is given: all that is to be done at once would hold up the page. Not by timers, which
 * wait 4 ms when they are nested.
 */
export function ownTask(): Promise<void> {
  last = last.then(() => {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
  });
  return last;
}

let done: Promise<void> | null = null;

/** Goes on once nobody waits for a task of their own any more, nor has asked for one in the task before. */
export function allDone(): Promise<void> {
  // One for everybody: two that look by tasks of their own would always see each other's.
  done ??= nobodyWaits().finally(() => (done = null));
  return done;
}

async function nobodyWaits(): Promise<void> {
  for (let mine = ownTask(); ; mine = ownTask()) {
    await mine;
    if (mine === last) return;
  }
}
