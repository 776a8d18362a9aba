import { css } from 'lit';

/** Margins and colours of the page, whatever is open. */
export const pageFrame = css`
  :host {
    display: block;
    max-width: 1680px;
    margin: 0 auto;
    padding: 0 24px 48px;
    --headscope-bg: var(--hs-bg);
    --headscope-fg: var(--hs-fg);
    --headscope-muted: var(--hs-muted);
    --headscope-line: var(--hs-line);
    --headscope-accent: var(--hs-accent);
    --headscope-error: var(--hs-error);
    --headscope-font: var(--hs-font);
  }
  @media (max-width: 719px) {
    :host {
      padding: 0 16px 32px;
    }
  }
`;

export const pageStyles = css`
  [role='tablist'] {
    display: flex;
    gap: 24px;
  }
  [role='tab'] {
    border: 0;
    background: none;
    padding: 8px 0;
    margin-bottom: -1px;
    border-bottom: 2px solid transparent;
    color: var(--hs-muted);
    cursor: pointer;
  }
  [role='tab']:hover {
    color: var(--hs-fg);
  }
  [role='tab'][aria-selected='true'] {
    color: var(--hs-fg);
    border-bottom-color: var(--hs-accent);
  }
  .columns {
    display: grid;
    gap: 24px;
    grid-template-columns: minmax(0, 1fr);
  }
  .columns > * {
    min-width: 0;
  }
  .settings {
    padding-top: 24px;
    border-top: 1px solid var(--hs-line);
    order: 1;
  }
  .settings:has(> hs-controls[hidden]):not(:has(> .error)) {
    display: none;
  }
  [hidden] {
    display: none !important;
  }
  .waiting .heads,
  .waiting .take,
  .waiting details,
  .waiting hs-steps,
  .waiting ~ nav {
    visibility: hidden;
  }
  .picture {
    min-height: 480px;
  }
  p {
    margin: 8px 0 0;
  }
  .heads {
    margin: 0 0 16px;
    max-width: 80ch;
  }
  .heads .links + p {
    min-height: 48px;
  }
  .heads p {
    margin: 0;
  }
  .take {
    margin-top: 16px;
    padding-top: 8px;
    border-top: 1px solid var(--hs-line);
    min-height: 40px;
  }
  .take .note {
    min-height: 24px;
  }
  .copied {
    width: 100%;
    height: 160px;
    margin-top: 8px;
    font-family: var(--hs-mono);
    font-size: 13px;
    line-height: 20px;
  }
  hs-steps {
    margin-top: 32px;
    padding-top: 24px;
    border-top: 1px solid var(--hs-line);
  }
  details {
    margin-top: 32px;
    padding-top: 16px;
    border-top: 1px solid var(--hs-line);
  }
  summary {
    cursor: pointer;
    width: max-content;
    max-width: 100%;
  }
  details p,
  details ul {
    max-width: 72ch;
  }
  @media (min-width: 1100px) {
    .columns {
      grid-template: auto 1fr / 336px minmax(0, 1fr);
      gap: 24px 48px;
    }
    .settings {
      order: 0;
      grid-row: 2;
    }
    .output {
      grid-row: 1 / 3;
      grid-column: 2;
    }
  }
  @media (max-width: 719px) {
    [role='tablist'] {
      order: 3;
      width: 100%;
      justify-content: space-between;
    }
  }
  @media (forced-colors: active) {
    [role='tab'] {
      border-bottom-color: Canvas;
    }
    [role='tab'][aria-selected='true'] {
      border-bottom-color: Highlight;
    }
  }
`;
