// What the doctor says of a mail server, whose words may repeat what was sent to it, and of backups that were cut off.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { backups } from './doctor-machine.ts'
import { mail } from './doctor-network.ts'

/** A server that refuses every sign-in and quotes it. */
async function quotingServer(ways: string): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.write('220 mail.example ESMTP\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (line) => {
      const said = line.toString().trim()
      if (said.startsWith('EHLO')) socket.write(`250-mail.example\r\n250 AUTH ${ways}\r\n`)
      else if (said === 'AUTH LOGIN') socket.write('334 VXNlcm5hbWU6\r\n')
      else if (said === Buffer.from('robot').toString('base64')) socket.write('334 UGFzc3dvcmQ6\r\n')
      else socket.write(`535 refused: ${said}\r\n`)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

test.each(['PLAIN', 'LOGIN'])('shows nothing of a password that a server quotes (%s)', async (way) => {
  const server = await quotingServer(way)
  const url = `smtp://robot:hunter%402+secret@127.0.0.1:${server.port}`
  const { state, sentence } = await mail(loadConfig({ SMTP_URL: url, MAIL_FROM: 'guestlist@brand.example' }))
  server.close()
  expect([state, sentence]).toEqual(['problem', expect.stringContaining('[redacted]')])
  const told = Array.from(sentence.matchAll(/[A-Za-z0-9+/=]{6,}/g), ([word]) =>
    Buffer.from(word, 'base64').toString('latin1'),
  )
  expect([sentence, ...told].join('\n')).not.toMatch(/hunter/)
})

test('names a password that is not written as an address needs it as a problem', async () => {
  const { state } = await mail(
    loadConfig({ SMTP_URL: 'smtp://robot:100%@127.0.0.1:1', MAIL_FROM: 'guestlist@brand.example' }),
  )
  expect(state).toBe('problem')
})

test('names what a backup that was killed has left, as a problem once it is certainly dead', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-doctor-'))
  const folder = join(dataDir, 'backups')
  mkdirSync(folder)
  try {
    const part = join(folder, 'guestlist-20261127-021500.backup.gz.guestlist-0a1b2c3d.part')
    writeFileSync(part, '')
    const told = () => backups(loadConfig({ GUESTLIST_DATA_DIR: dataDir }))
    expect(told()).toMatchObject({ state: 'cannot tell', sentence: expect.stringContaining(part) as string })
    const yesterday = new Date(Date.now() - 86_400_000)
    utimesSync(part, yesterday, yesterday)
    expect(told()).toMatchObject({ state: 'problem', fix: expect.stringContaining(`rm ${part}`) as string })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
