// The demo: the whole product on a simulated Meta, with an owner made, and the story of demo.ts played.
import { loadConfig } from '../config.ts'
import { playDemo } from '../demo.ts'
import { createLog } from '../lib/log.ts'
import { onEnd } from './end.ts'
import { start } from './serve.ts'
import { tellLogins, worldOf } from './simulator.ts'

export async function demo(): Promise<void> {
  const config = loadConfig(undefined, { demo: true })
  // Before anything is started: what is in that database is no demo, and it would be brought to this release and worked on.
  if (config.databaseUrl !== null) throw new Error('The demo brings its own database: unset DATABASE_URL.')
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const starting = start({ ...config, host: '127.0.0.1' }, log)
  onEnd(async () => (await starting).stop())
  const running = await starting
  if (running.simulator === null) throw new Error('The demo has no simulator.')
  const owner = await running.demoOwner()
  await playDemo(running.url, owner, worldOf(running.simulator), (line) => console.log(line))
  console.log(`Console   ${running.url}`)
  console.log(`Sign in   ${owner.email}`)
  console.log(`Password  ${owner.password.reveal()}   (also in ${owner.passwordFile})`)
  tellLogins(running.simulator, running.simulator.logins.slice(0, 2))
  console.log('\nCtrl-C ends everything. A second `npm run demo` keeps what is there.')
}
