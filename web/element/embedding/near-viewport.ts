/** What is this near to the part of the page that is seen counts as seen. */
const MARGIN = '50% 0px';

const waiting = new Map<Element, () => void>();
let observer: IntersectionObserver | undefined;

function arrived(element: Element): void {
  const callback = waiting.get(element);
  forget(element);
  callback?.();
}

function forget(element: Element): void {
  waiting.delete(element);
  observer?.unobserve(element);
}

function shared(): IntersectionObserver {
  if (observer === undefined) {
    observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) arrived(target);
      },
      { rootMargin: MARGIN },
    );
    // On paper everything is seen.
    addEventListener('beforeprint', () => [...waiting.keys()].forEach(arrived));
  }
  return observer;
}

/** Calls back once, when an element comes near to what the reader sees; not any more after the signal has fired. */
export function whenNear(element: Element, callback: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  waiting.set(element, callback);
  shared().observe(element);
  signal.addEventListener('abort', () => forget(element), { once: true });
}
