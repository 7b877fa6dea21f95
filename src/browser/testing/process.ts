// A process of its own with a browser open in it, for tests that kill one. Started with the addresses as JSON; prints "open", then waits.
import { recipe } from '../../connectors/meta/browser/recipe.ts'
import { openSession } from '../session.ts'

const { executable, address } = JSON.parse(process.argv[2] ?? '{}') as { executable: string; address: string }
const session = await openSession({
  executable,
  recipe,
  address,
  business: '1',
  state: null,
  signedOut: [],
  keep: () => Promise.resolve(),
  signal: new AbortController().signal,
})
await session.hand.open('requests')
process.stdout.write('open\n')
setInterval(() => undefined, 60_000)
