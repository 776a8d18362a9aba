/**
 * What Lit reads while it is being imported. The build injects these names into the bundle in place of the globals,
 * so that importing the element on a server, where there is no document, defines nothing and throws nothing.
 */
class NoElement {}

/** The browser's HTMLElement, or an empty class to extend where there is none. */
const Base = globalThis.HTMLElement ?? (NoElement as typeof HTMLElement);

/** The browser's document, or just enough of one for Lit's templates to be prepared but not rendered. */
const page = globalThis.document ?? ({ createTreeWalker: () => ({}) } as unknown as Document);

export { Base as HTMLElement, page as document };
