// A host with several addresses of which none answers: the error of it has no words of its own.
import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { messageOf } from './message.ts'

test('says what went wrong at each address where the error itself says nothing', async () => {
  const socket = connect({
    host: 'two.example',
    port: 1,
    lookup: (_, __, done) =>
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]),
  })
  const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [Error]
  expect(error.message).toBe('')
  expect(messageOf(error)).toBe('connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1')
})

test('is the message of any other error, and the text of what is none', () => {
  expect(messageOf(new Error('gone'))).toBe('gone')
  expect(messageOf('gone')).toBe('gone')
})
