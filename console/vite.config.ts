// Builds the console to static files in dist/console: hashed names, no inline script or style, fonts included, so that a
// content security policy of 'self' holds.
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  plugins: [react(), tailwindcss()],
  // The checks of the model run on the server only; the console uses its labels and rules.
  resolve: { alias: { zod: here('./unchecked.ts') } },
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://localhost:4400' } },
})
