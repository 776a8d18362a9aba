// dist/custom-elements.json: what <head-scope> has, for editors and documentation tools. The analyzer reads the class; which
// properties and attributes there are, the built element itself says; events come from the interface that types them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { create, ts } from '@custom-elements-manifest/analyzer/index.js';
import { root } from '../setup/paths.mjs';
import { dist } from './package.mjs';

const folder = 'web/element';

/** What the class overrides for its base's sake. */
const OVERRIDES =
  /^(connected|disconnected|attributeChanged|adopted)Callback$|^(willUpdate|updated|firstUpdated|render|createRenderRoot|requestUpdate|scheduleUpdate)$/;

function parsed(path) {
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true);
}

/** The members of the interfaces in a file, with their doc comments. */
function interfaceMembers(path, names) {
  const source = parsed(path);
  return source.statements
    .filter((statement) => ts.isInterfaceDeclaration(statement) && names.includes(statement.name.text))
    .flatMap(({ members }) => [...members])
    .map((member) => ({
      name: member.name.text,
      type: { text: member.type.getText(source).replace(/\s+/g, ' ') },
      description: (member.jsDoc ?? []).map(({ comment }) => ts.getTextOfJSDocComment(comment)).join('\n'),
    }));
}

async function manifest() {
  const { HeadScopeElement } = await import(pathToFileURL(join(dist, 'element.js')).href);
  const properties = HeadScopeElement.elementProperties;

  const { modules } = create({ modules: [parsed(`${folder}/head-scope.ts`)] });
  const declaration = modules[0].declarations.find(({ name }) => name === 'HeadScopeElement');
  const settings = interfaceMembers(`${folder}/settings.ts`, ['Knobs', 'Display']);
  const members = declaration.members.filter(
    ({ name, privacy, static: isStatic }) => privacy === undefined && !isStatic && !OVERRIDES.test(name),
  );
  const attributes = [];
  for (const [name, { attribute, reflect }] of properties) {
    let member = members.find((candidate) => candidate.name === name);
    if (member === undefined) {
      const setting = settings.find((candidate) => candidate.name === name);
      if (setting === undefined) continue;
      member = { kind: 'field', ...setting };
      members.push(member);
    }
    member.description ||= settings.find((candidate) => candidate.name === name)?.description;
    if (attribute === false) continue;
    member.attribute = typeof attribute === 'string' ? attribute : name.toLowerCase();
    if (reflect) member.reflects = true;
    const { type, description } = member;
    attributes.push({ name: member.attribute, fieldName: name, type, description });
  }
  const events = interfaceMembers(`${folder}/events.ts`, ['HeadScopeEventMap']);
  const { description, cssParts, cssProperties, slots } = declaration;
  return {
    schemaVersion: '1.0.0',
    readme: 'README.md',
    modules: [
      {
        kind: 'javascript-module',
        path: 'dist/element.js',
        declarations: [
          {
            kind: 'class',
            name: 'HeadScopeElement',
            tagName: 'head-scope',
            customElement: true,
            description,
            superclass: { name: 'HTMLElement' },
            ...{ attributes, members, events, slots, cssParts, cssProperties },
          },
        ],
        exports: [
          {
            kind: 'js',
            name: 'HeadScopeElement',
            declaration: { name: 'HeadScopeElement', module: 'dist/element.js' },
          },
          {
            kind: 'custom-element-definition',
            name: 'head-scope',
            declaration: { name: 'HeadScopeElement', module: 'dist/element.js' },
          },
        ],
      },
    ],
  };
}

export async function buildManifest() {
  writeFileSync(join(dist, 'custom-elements.json'), `${JSON.stringify(await manifest(), null, 2)}\n`);
}
