// A mail server for tests: takes letters over a real socket and keeps them, or refuses.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface TestSmtp {
  url: string
  /** What was taken: who it is for, and the whole text with its headers. */
  letters: { to: string[]; text: string }[]
  /** While true, every letter is refused for now. */
  refusing: boolean
  /** While true, the server takes no letter and says nothing. */
  hanging: boolean
  /** How many letters wait for its word. */
  waiting: number
  stop(): Promise<void>
}

export async function startSmtp(): Promise<TestSmtp> {
  const self: TestSmtp = {
    url: '',
    letters: [],
    refusing: false,
    hanging: false,
    waiting: 0,
    stop: () => Promise.resolve(),
  }
  const whenItGoesOn = (answer: () => void) => {
    if (!self.hanging) return answer()
    self.waiting += 1
    const timer = setInterval(() => {
      if (self.hanging) return
      clearInterval(timer)
      self.waiting -= 1
      answer()
    }, 10)
  }
  const server = createServer((socket) => {
    const say = (line: string) => socket.write(`${line}\r\n`)
    let [to, data, rest]: [string[], string | null, string] = [[], null, '']
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      rest += chunk.toString()
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (data !== null && line !== '.') data += `${line}\n`
        else if (data !== null) {
          self.letters.push({ to, text: data })
          ;[to, data] = [[], null]
          say('250 taken')
        } else if (/^(EHLO|HELO)/i.test(line)) say('250 test')
        else if (/^MAIL/i.test(line)) whenItGoesOn(() => say(self.refusing ? '451 not now' : '250 ok'))
        else if (/^RCPT/i.test(line)) {
          to.push(/<(.*)>/.exec(line)?.[1] ?? '')
          say('250 ok')
        } else if (/^DATA/i.test(line)) {
          data = ''
          say('354 go on')
        } else if (/^QUIT/i.test(line)) {
          say('221 bye')
          socket.end()
        } else say('250 ok')
      }
    })
    say('220 test')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  self.url = `smtp://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  self.stop = () =>
    new Promise((done) => {
      server.close(() => done())
    })
  return self
}
