/** The page as text: `esbuild.config.mjs` builds it from the folder `page/`. */
declare module 'inspect-page' {
  /** Returns the page, and the policy that lets a browser run its script and its style. */
  const getPage: () => { readonly html: string; readonly contentSecurityPolicy: string };
  export default getPage;
}
