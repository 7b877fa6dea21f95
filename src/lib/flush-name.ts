// A file that was renamed or linked is there after a power cut only when its folder has been flushed, too.
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Flushes the name of a file to the disk. Throws what the system throws. */
export async function flushName(path: string): Promise<void> {
  // Windows opens no folder.
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
