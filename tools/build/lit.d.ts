// Lit is inside element.js, so nobody who uses <head-scope> has to install it; its declarations stand for no more than the element shows.

/** The class that <head-scope> extends. */
export declare class LitElement extends HTMLElement {
  /** Fulfilled when the changes so far are drawn. */
  readonly updateComplete: Promise<boolean>;
  connectedCallback(): void;
  disconnectedCallback(): void;
}
export type CSSResult = object;
export type TemplateResult = object;
export type PropertyValues = Map<PropertyKey, unknown>;
