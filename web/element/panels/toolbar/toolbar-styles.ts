import { css } from 'lit';

export const toolbarStyles = css`
  .toolbar,
  .legend,
  .strip {
    font-size: 12px;
    line-height: 16px;
  }
  .toolbar {
    color: var(--muted);
    margin-block: 8px;
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 20px;
    min-height: 32px;
  }
  .controls[id] {
    border-block-start: 1px solid var(--line);
    padding-block: 4px;
  }
  .control {
    display: inline-flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 6px;
    min-height: 24px;
    max-width: 100%;
    color: var(--fg);
    font-variant-numeric: tabular-nums;
  }
  .control > span:first-child {
    color: var(--muted);
  }
  input,
  select {
    font: inherit;
    color: inherit;
    accent-color: var(--accent);
    margin: 0;
  }
  select,
  input[type='number'] {
    min-height: 24px;
    max-width: 100%;
    padding: 0 4px;
    background: var(--bg);
    border: 1px solid var(--line);
    border-radius: 4px;
  }
  input[type='number'] {
    width: 64px;
  }
  input[type='range'] {
    width: 96px;
    height: 24px;
  }
  input[type='checkbox'] {
    width: 16px;
    height: 16px;
    margin: 4px;
  }
  [aria-invalid='true'] {
    border-color: var(--error);
  }
  .wrong {
    color: var(--error);
  }
  .control:has(:disabled) {
    color: var(--muted);
  }
  /* What has no box cannot be turned. */
  :is(select, input[type='number']):disabled {
    border-color: transparent;
    color: var(--muted);
  }
  button:disabled {
    color: var(--muted);
    text-decoration: none;
    cursor: default;
  }
  .choice {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  .choice button {
    margin: 0;
    padding: 2px 6px;
    border-radius: 0;
    border-block-end: 2px solid transparent;
    color: var(--muted);
    text-decoration: none;
  }
  .choice button:hover:enabled {
    color: var(--fg);
  }
  .choice [aria-pressed='true'] {
    border-color: var(--accent);
    color: var(--fg);
    font-weight: 600;
  }
  @media (forced-colors: active) {
    .choice button {
      border-color: Canvas;
      forced-color-adjust: none;
    }
  }
  @media print {
    .toolbar,
    .strip .controls {
      display: none;
    }
  }
  @media (pointer: coarse) {
    .control,
    .choice button,
    .toolbar button {
      min-height: 32px;
    }
  }
`;
