/** Goes on in a task of its own, after those that wait. Not a timer: nested timers wait 4 ms. */
export function turn(): Promise<void> {
  // Node would go on with one port's messages before it looks at another's.
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
