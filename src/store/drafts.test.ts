// A first start that is killed leaves the cluster that it was making, and the password of it: they stayed for good.
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clearDrafts, draftIn } from './drafts.ts'

test('what a killed start has left goes, what is being made and everything else stays', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-drafts-'))
  try {
    const before = new Date(Date.now() - 3_600_000)
    const [old, young] = [draftIn(dataDir), draftIn(dataDir)]
    for (const { draft, passwordFile } of [old, young]) {
      mkdirSync(join(draft, 'base'), { recursive: true })
      writeFileSync(passwordFile, 'canary')
    }
    const cluster = join(dataDir, 'postgres-18')
    mkdirSync(cluster)
    for (const path of [old.draft, old.passwordFile, cluster]) utimesSync(path, before, before)
    await clearDrafts(dataDir)
    const there = [old.draft, old.passwordFile, young.draft, young.passwordFile, cluster].map((path) =>
      existsSync(path),
    )
    expect(there).toEqual([false, false, true, true, true])
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
