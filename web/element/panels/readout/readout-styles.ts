import { css } from 'lit';

export const readoutStyles = css`
  .readout {
    min-width: 0;
    font-size: 13px;
  }
  .title {
    font-size: 14px;
    line-height: 24px;
    font-weight: 600;
  }
  .title::first-letter {
    text-transform: uppercase;
  }
  .where {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 0 8px;
    min-height: 24px;
  }
  .chip {
    display: flex;
    gap: 4px;
    max-width: 100%;
    text-decoration: none;
    padding: 0 8px;
    margin: 0;
    border: 1px solid var(--line);
    border-radius: 12px;
    color: var(--fg);
  }
  .chip > :first-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .explain kbd {
    display: inline-block;
    line-height: 16px;
  }
  .explain {
    margin-block: 0 8px;
  }
  kbd {
    color: var(--muted);
    font: inherit;
    border: 1px solid var(--line);
    border-radius: 3px;
    padding-inline: 4px;
  }
  .numbers {
    display: grid;
    grid-template-columns: 56px minmax(0, 1fr);
    margin-block: 4px 8px;
    border-block: 1px solid var(--line);
    padding-block: 4px;
    line-height: 24px;
    font-variant-numeric: tabular-nums;
  }
  .numbers dt,
  .head-facts dt {
    color: var(--muted);
  }
  .numbers dd {
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .numbers dd.weight {
    font-weight: 600;
  }
  summary {
    min-height: 24px;
    color: var(--muted);
    cursor: pointer;
  }
  .exact {
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
    padding-block-end: 8px;
  }
  .row-title {
    margin-block-start: 4px;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
    color: var(--muted);
  }
  .top {
    list-style: none;
    font-variant-numeric: tabular-nums;
  }
  .top li,
  .entropy,
  .figures {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 64px 56px;
    align-items: center;
    gap: 8px;
    line-height: 22px;
  }
  .summed li,
  .figures {
    grid-template-columns: minmax(0, 1fr) 32px 56px 48px;
  }
  .figures span {
    text-align: right;
  }
  .figures :first-child {
    grid-column: 3;
  }
  .top bdi {
    text-align: left;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  /* The longest bar is the largest share of the list, not all there is: no track that it would fill. */
  .readout .share {
    height: 8px;
  }
  .readout .share > div {
    height: 100%;
    width: 100%;
    background: var(--muted);
    transform-origin: left;
  }
  .readout .figure {
    text-align: right;
  }
  .top .current {
    color: var(--accent);
    font-weight: 600;
  }
  .top .current .share > div {
    background: var(--accent);
  }
  .entropy,
  .head-facts {
    font-variant-numeric: tabular-nums;
  }
  .entropy {
    grid-template-columns: minmax(0, 1fr) auto;
  }
  .head-facts {
    line-height: 22px;
  }
  .head-facts div {
    display: flex;
    justify-content: space-between;
    gap: 8px;
  }

  @media (forced-colors: active) {
    .readout .share > div {
      forced-color-adjust: none;
    }
  }
`;
