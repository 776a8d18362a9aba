import { css } from 'lit';

export const fileStyles = css`
  :host {
    display: block;
  }
  p {
    margin: 8px 0 0;
  }
  .drop {
    border: 1px dashed var(--hs-edge);
    border-radius: 4px;
    padding: 16px;
  }
  .drop.over {
    border-style: solid;
    border-color: var(--hs-accent);
    background: var(--hs-accent-soft);
  }
  .drop p:first-child {
    margin-top: 0;
  }
  button.choose {
    border: 1px solid var(--hs-edge);
    border-radius: 4px;
    background: var(--hs-field);
    padding: 3px 12px;
    cursor: pointer;
  }
  button.choose:hover {
    border-color: var(--hs-accent);
  }
  .progress {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  progress {
    flex: 1 1 64px;
    min-width: 48px;
    accent-color: var(--hs-accent);
  }
  .scroll {
    max-height: 200px;
    overflow: auto;
    margin-top: 8px;
    border-bottom: 1px solid var(--hs-line);
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  caption {
    text-align: left;
    overflow-wrap: anywhere;
    padding-bottom: 4px;
  }
  th,
  td {
    text-align: left;
    font-weight: normal;
    padding: 0 12px 0 0;
    border-top: 1px solid var(--hs-line);
    vertical-align: top;
  }
  th {
    overflow-wrap: anywhere;
  }
  td {
    color: var(--hs-muted);
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
  }
  .choices {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 8px 12px;
    align-items: baseline;
    margin-top: 16px;
  }
  .choices select {
    width: 100%;
    min-width: 0;
    text-overflow: ellipsis;
  }
  select[aria-invalid='true'] {
    border-color: var(--hs-error);
  }
`;
