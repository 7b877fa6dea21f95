// A browser that a person sees: they sign in by hand, and what it then knows is kept in a file for Guestlist to import.
import { writeFileSync } from 'node:fs'

/** Opens the address, waits for `done`, and writes cookies and storage to a file that only its user may read. Throws where no window opens. */
export async function keepLogin(options: {
  executable: string
  address: string
  file: string
  done: () => Promise<void>
}): Promise<void> {
  const { executable, address, file, done } = options
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({
    executablePath: executable,
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
