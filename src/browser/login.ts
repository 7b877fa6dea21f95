// A browser that a person sees: they sign in by hand, and what it then knows is kept in a file for Guestlist to import.
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Opens the address, waits for `done`, and writes cookies and storage to a file that only its user may read. Throws where no window opens, and before that where the file cannot be made. */
export async function keepLogin(options: {
  executable: string
  environment: Readonly<Record<string, string | undefined>>
  address: string
  file: string
  done: () => Promise<void>
}): Promise<void> {
  const { executable, environment, address, file, done } = options
  if (existsSync(file)) throw new Error(`There is a file ${file} already. Name another one.`)
  accessSync(dirname(file), constants.W_OK)
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({
    executablePath: executable,
    env: { ...environment },
    headless: false,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(address)
    await done()
    writeFileSync(file, JSON.stringify(await context.storageState()), { mode: 0o600, flag: 'wx' })
  } finally {
    await browser.close()
  }
}
