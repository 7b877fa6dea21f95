// What the compiler does not say: no floating promises, no `any`, no environment outside config, one word per thing.
import tseslint from 'typescript-eslint'
import reactHooks from 'eslint-plugin-react-hooks'

const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read in src/config.ts alone.',
}
const noEnum = { selector: 'TSEnumDeclaration', message: 'No enum: use a union of strings.' }
const noDefault = {
  selector: 'ExportDefaultDeclaration',
  message: 'No default export where the tool does not ask for one.',
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'react-hooks': reactHooks },
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'console/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', noEnvironment, noEnum, noDefault],
      'react-hooks/rules-of-hooks': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/only-throw-error': [
        'error',
        {
          allow: [{ from: 'package', name: ['NotFoundError', 'Redirect'], package: '@tanstack/router-core' }],
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/require-await': 'off',
      // Parts are objects of functions that close over what they need; none of them reads `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  {
    files: ['src/config.ts'],
    rules: { 'no-restricted-syntax': ['error', noEnum, noDefault] },
  },
  {
    files: [
      'src/lib/log.ts',
      'src/main.ts',
      'src/demo.ts',
      'src/commands/**',
      'scripts/**',
      'bench/**',
      'faults/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: [
      '**/*.test.ts',
      '**/*.spec.ts',
      'e2e/**',
      'scripts/**',
      'bench/**',
      'faults/**',
      'src/**/testing/**',
    ],
    rules: {
      'no-restricted-syntax': ['error', noEnum],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['vitest.config.ts', 'console/vite.config.ts'],
    rules: { 'no-restricted-syntax': ['error', noEnum] },
  },
)
