/** What Vite puts into `import.meta`. */
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}

/** Styles are imported for their effect by the harness alone. */
declare module '*.css';
