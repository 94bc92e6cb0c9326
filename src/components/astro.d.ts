/** For the plain type checker, which does not read .astro files; `astro check` does. */
declare module '*.astro' {
  const component: import('astro/runtime/server/index.js').AstroComponentFactory
  export default component
}
