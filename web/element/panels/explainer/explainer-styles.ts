import { css } from 'lit';

export const explainerStyles = css`
  .explainer {
    container-type: inline-size;
    min-width: 0;
    padding-block-start: 8px;
    border-block-start: 1px solid var(--line);
    font-size: 13px;
    font-variant-numeric: tabular-nums;
  }
  .explainer .close {
    float: inline-end;
    min-width: 24px;
    margin: 0;
    font-size: 18px;
    text-decoration: none;
  }
  .explainer .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin-block: 4px;
    align-items: center;
  }
  .explainer .note {
    max-width: 60ch;
    color: var(--muted);
  }
  .explainer .why {
    max-width: 60ch;
    padding-inline-start: 8px;
    border-inline-start: 2px solid var(--accent);
  }
  .explainer .parts {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px 40px;
    margin-block-start: 8px;
  }
  .explainer .scroll {
    overflow: auto;
    max-height: 464px;
    scrollbar-width: thin;
  }
  .explainer table {
    width: 100%;
    border-collapse: collapse;
    font-size: 12px;
    line-height: 24px;
    white-space: nowrap;
  }
  .explainer caption {
    color: var(--muted);
    text-align: start;
    white-space: normal;
  }
  .explainer th {
    font-weight: 400;
    color: var(--muted);
    text-align: start;
  }
  .explainer :is(th, td) {
    padding: 0 0 0 6px;
  }
  .explainer :is(th, td):first-child {
    padding: 0;
  }
  .explainer td,
  .explainer thead th:not(:first-child) {
    text-align: right;
  }
  .explainer thead th {
    position: sticky;
    top: 0;
    z-index: 1;
    background: var(--bg);
    border-block-end: 1px solid var(--line);
  }
  .explainer tfoot :is(th, td) {
    border-block-start: 1px solid var(--line);
    color: var(--fg);
  }
  .explainer .total :is(th, td),
  .explainer .score :is(th, td) {
    color: var(--fg);
    font-weight: 600;
  }
  .explainer .score :is(th, td) {
    border-block-start: 1px solid var(--line);
  }
  .explainer input {
    width: 58px;
    height: 24px;
    padding: 0 4px;
    font: inherit;
    text-align: right;
    color: inherit;
    background: none;
    border: 1px solid var(--line);
    border-radius: 3px;
  }
  .explainer .digits input {
    width: 88px;
  }
  .explainer .rotated {
    display: block;
    padding: 0 5px 6px;
    line-height: 16px;
    color: var(--muted);
  }
  .explainer .made {
    margin-block: 8px;
  }
  .explainer .made :is(th, td) + :is(th, td) {
    padding-inline-start: 16px;
    text-align: right;
  }
  .explainer .made button[aria-pressed='true'] {
    font-weight: 600;
    text-decoration: none;
    color: var(--fg);
  }
  .explainer input[readonly] {
    border-color: transparent;
  }
  .explainer input[aria-invalid='true'] {
    outline: 2px solid var(--error);
  }
  .explainer .bar {
    display: inline-block;
    position: relative;
    width: 36px;
    height: 10px;
    margin-inline-end: 4px;
    vertical-align: -1px;
    background: linear-gradient(var(--line), var(--line)) center / 1px 100% no-repeat;
  }
  .explainer .bar > div {
    position: absolute;
    inset: 0 0 0 50%;
    background: var(--plus);
    transform-origin: left;
  }
  .explainer .bar > .minus {
    inset: 0 50% 0 0;
    background: var(--minus);
    transform-origin: right;
  }
  .explainer .steps td:nth-child(2) {
    color: var(--muted);
  }
  /* With all its digits what a step works with has a line of its own. */
  .explainer .digits .steps tr {
    display: grid;
    grid-template-columns: 1fr auto;
  }
  .explainer .digits .steps td:nth-child(2) {
    grid-area: 2 / 1 / 3 / 3;
    text-align: start;
    padding: 0;
    line-height: 16px;
  }
  .explainer .digits .steps .score {
    border-block-start: 1px solid var(--line);
  }
  .explainer .digits .steps .score :is(th, td) {
    border: 0;
  }
  .explainer .digits .bar {
    display: none;
  }
  @container (min-width: 620px) {
    .explainer .parts {
      grid-template-columns: max-content minmax(0, 1fr);
    }
  }
  @media (forced-colors: active) {
    .explainer .bar,
    .explainer .bar > div {
      forced-color-adjust: none;
    }
  }
`;
