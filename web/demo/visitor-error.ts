/** An error whose message is a sentence for the visitor, in the page's language already. */
export class VisitorError extends Error {}
