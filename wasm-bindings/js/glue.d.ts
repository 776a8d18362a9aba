// The glue is a build product; what it is stands in module.ts.
declare module '#glue' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports -- a relative import is not allowed here
  const createModule: import('./module.js').CreateModule;
  export default createModule;
}
