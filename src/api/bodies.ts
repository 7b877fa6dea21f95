// Bodies of requests: how large one may be, and what becomes of a request whose body never comes whole. How long it may take, the server that
// listens decides (commands/listen.ts).
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../model/error.ts'

/** The largest request body: every input is a form. */
const BODY_BYTES = 256 * 1024

/** Refuses what is too large: at once where its length is told, and where it is not as soon as it has become so. */
export function bodies(): MiddlewareHandler {
  const limited = bodyLimit({ maxSize: BODY_BYTES, onError: tooLarge })
  return async (c, next) => {
    // By itself, so that what fails in it is the body and never what the route does.
    await whole(() => limited(c, () => Promise.resolve()))
    return next()
  }
}

/** The whole body. Throws `invalid` where it broke off. */
export function textOf(request: { text(): Promise<string> }): Promise<string> {
  return whole(() => request.text())
}

async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError) throw error
    // The caller went away, or took too long and was hung up on. By its code alone it looks like a database that ended the connection.
    throw new AppError('invalid', 'The request broke off before its end.')
  }
}

function tooLarge(): never {
  throw new AppError('invalid', 'That is more than this server takes in one request.')
}
