import { css } from 'lit';

/** How fields, plain-link buttons, sentences and errors look in every component of the page. */
export const formStyles = css`
  * {
    box-sizing: border-box;
  }
  input,
  select,
  textarea,
  button {
    font: inherit;
    color: inherit;
  }
  input,
  select,
  textarea {
    border: 1px solid var(--hs-edge);
    border-radius: 4px;
    background: var(--hs-field);
    padding: 3px 8px;
  }
  input[type='checkbox'],
  input[type='range'] {
    accent-color: var(--hs-accent);
    padding: 0;
  }
  button.plain {
    border: 0;
    background: none;
    padding: 4px 0;
    min-height: 24px;
    text-decoration: underline;
    text-decoration-color: var(--hs-edge);
    text-underline-offset: 3px;
    cursor: pointer;
  }
  button.plain:hover {
    text-decoration-color: currentColor;
  }
  button.plain[aria-pressed='true'] {
    text-decoration: none;
    color: var(--hs-muted);
    cursor: default;
  }
  button.plain:disabled {
    color: var(--hs-muted);
    text-decoration: none;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--hs-accent);
    outline-offset: 1px;
  }
  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 0 16px;
    align-items: center;
  }
  .note {
    color: var(--hs-muted);
  }
  .error {
    color: var(--hs-error);
    overflow-wrap: anywhere;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
