/** The strictest typed rules, and the few of the house. What is switched off has its reason beside it. */
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist*/**',
      '.node/**',
      '.cache/**',
      'data/**',
      'tools/fixtures/**',
      'bench/results/**',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.packages.json', 'tsconfig.browser.json', 'tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Numbers in a text read well and cannot go wrong.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => done()` and `return close()` say what they mean.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `() => void done()` says that nothing comes back, also where nothing did.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // `while (true)` is how a loop that ends in its middle is written.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // An async function that awaits nothing still keeps its signature's promise.
      '@typescript-eslint/require-await': 'off',
      // Ids and brands are made by one cast in one maker each.
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // A store promises, whichever it is: SQLite answers at once.
      '@typescript-eslint/no-invalid-void-type': ['error', { allowInGenericTypeArguments: true }],
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-control-regex': 'error',
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['packages/**', 'apps/**'], rules: { 'no-console': 'error' } },
  {
    // A test may know that what it just made is there.
    files: ['**/*.test.ts', '**/test/**', 'tests/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
