import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dist, files, read } from './support/repository.mjs';

const { modules } = JSON.parse(readFileSync(join(dist, 'custom-elements.json'), 'utf8'));
const { declarations, exports } = modules[0];
const [element] = declarations;
const names = (list) => list.map(({ name }) => name).sort();
const sources = files(/^web\/element\/.*\.ts$/).map(read);
const found = (pattern) =>
  [...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1])))].sort();

test('the manifest says where the element is', () => {
  expect(modules).toHaveLength(1);
  expect(modules[0].path).toBe('dist/element.js');
  expect(element).toMatchObject({
    kind: 'class',
    name: 'HeadScopeElement',
    tagName: 'head-scope',
    customElement: true,
  });
  expect(exports.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'js HeadScopeElement',
    'custom-element-definition head-scope',
  ]);
});

test('it names every part and CSS custom property that there is', () => {
  expect(names(element.cssParts)).toEqual(
    [...new Set([...found(/\bpart="([\w-]+)"/g), 'column-label', 'row-label'])].sort(),
  );
  expect(names(element.cssProperties)).toEqual(found(/var\(\s*(--headscope-[\w-]+)/g));
  expect(element.slots).toHaveLength(1);
});

test('it has every setting as a property and as an attribute, in words', () => {
  const settings = /export const DEFAULT_SETTINGS: Settings = \{([^]*?)\n\};/.exec(read('web/element/settings.ts'))[1];
  const wanted = [...settings.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  expect(wanted.length).toBeGreaterThan(10);
  for (const name of wanted) {
    const member = element.members.find((one) => one.name === name);
    const attribute = element.attributes.find((one) => one.fieldName === name);
    expect(member, name).toMatchObject({ kind: 'field', attribute: attribute?.name });
    expect(member.description, name).toMatch(/\w/);
    expect(attribute.name).toBe(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  }
});

test('data is no attribute, and nothing private is there', () => {
  const attributes = element.attributes.map(({ fieldName }) => fieldName);
  for (const name of ['query', 'key', 'value', 'weights', 'tokens', 'keyTokens', 'steps', 'compare']) {
    expect(names(element.members)).toContain(name);
    expect(attributes).not.toContain(name);
  }
  expect(
    names(element.members).filter((name) => /^[#_]|Callback$|^(render|updated|willUpdate|scheduleUpdate)$/.test(name)),
  ).toEqual([]);
});

test('it has the events that are declared, each with a description, and every public thing has one', () => {
  const declared = [...read('web/element/events.ts').matchAll(/^ {2}'(headscope-\w+)':/gm)].map(([, name]) => name);
  expect(names(element.events)).toEqual(declared.sort());
  const silent = [...element.events, ...element.members]
    .filter(({ description }) => !description)
    .map(({ name }) => name);
  expect(silent).toEqual([]);
});
