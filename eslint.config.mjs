// @ts-check
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What only the real World, the process entries and the edges of the house may touch (law 1). */
const ambient = [
  { name: 'setTimeout', message: 'Timers come from World.clock.' },
  { name: 'setInterval', message: 'Timers come from World.clock.' },
  { name: 'setImmediate', message: 'Timers come from World.clock.' },
  { name: 'Date', message: 'Time comes from World.clock.' },
  { name: 'performance', message: 'Time comes from World.clock.' },
  { name: 'process', message: 'Only entries know their process.' },
  { name: 'fetch', message: 'Sockets come from World.network.' },
  { name: 'crypto', message: 'Randomness comes from World.random.' },
  { name: 'console', message: 'The engine reports by events, not by printing.' },
];

export default defineConfig(
  {
    ignores: [
      'dist/**',
      'out/**',
      'artifacts/**',
      'node_modules/**',
      '.tidemark-host/**',
      '.vscode-test/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A default that can only be reached by a bug reads better than a non-null assertion.
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/topology/**', 'src/lint/**', 'src/language/**', 'src/engine/**', 'src/drill/**'],
    // The language server's entry hands the files on disk to the service as an interface.
    ignores: [
      'src/engine/world/node.ts',
      'src/engine/world/node/**',
      'src/engine/process/**',
      'src/language/included-on-disk.ts',
      '**/main.ts',
    ],
    rules: {
      'no-restricted-globals': ['error', ...ambient],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from World.random.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'Only the real World and entries use Node.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // mocha's and fast-check's callbacks are often empty or assert by throwing.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
