// The program: takes one subcommand and runs it. What a subcommand does stands in commands/, a file for each.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { fail } from './commands/end.ts'
import { options } from './config.ts'

// What was compiled once is kept beside the packages: a start takes half the time and forty megabytes less. Where it cannot be kept, nothing is.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'guestlist'))

/** `words`: it takes some; any other is refused with them, as `rotate-key --help` would be a new key. */
interface Command {
  help: string
  words?: true
  run: () => Promise<void> | void
}

// Only the command that was asked for is loaded.
const commands: Record<string, Command> = {
  serve: {
    help: 'the product: console, API and jobs',
    run: async () => (await import('./commands/serve.ts')).serve(),
  },
  worker: {
    help: 'jobs alone, beside other processes on one DATABASE_URL',
    run: async () => (await import('./commands/worker.ts')).worker(),
  },
  demo: {
    help: 'the product with a simulated Meta, a workspace and the story done',
    run: async () => (await import('./commands/demo.ts')).demo(),
  },
  simulator: {
    help: 'the simulated Graph API and Business settings pages alone, on PORT',
    words: true,
    run: async () => (await import('./commands/simulator.ts')).simulate(),
  },
  migrate: {
    help: "bring the database to this release's structure",
    run: async () => (await import('./commands/migrate.ts')).migrate(),
  },
  doctor: {
    help: 'look at everything and say what is wrong and what mends it [--json | --first-contact]',
    words: true,
    run: async () => (await import('./commands/doctor.ts')).doctor(),
  },
  backup: {
    help: 'write everything but the keys to a file: [file]',
    words: true,
    run: async () => (await import('./commands/backup.ts')).backup(),
  },
  restore: {
    help: 'bring a backup into an empty data folder or database: <file> [--check]',
    words: true,
    run: async () => (await import('./commands/backup.ts')).restore(),
  },
  'rotate-key': {
    help: 'seal every credential under a new master key',
    run: async () => (await import('./commands/rotate-key.ts')).rotate(),
  },
  'reset-password': {
    help: 'give a person a new password: <e-mail>',
    words: true,
    run: async () => (await import('./commands/break-glass.ts')).newPassword(),
  },
  'transfer-ownership': {
    help: 'make a person the owner: <workspace id> <e-mail>',
    words: true,
    run: async () => (await import('./commands/break-glass.ts')).newOwner(),
  },
  'browser-login': {
    help: 'sign in to Meta in a window and keep the session for browser automation: <file>',
    words: true,
    run: async () => (await import('./commands/browser-login.ts')).browserLogin(),
  },
  'dry-run': {
    help: 'walk the recipe with a picture of each step, changing nothing: <session file> <business ID> <app ID> <folder> [approve | read]',
    words: true,
    run: async () => (await import('./commands/dry-run.ts')).dryRun(),
  },
  help: { help: 'this page', words: true, run: help },
}

function help(): void {
  console.log('Usage: node src/main.ts <command>\n\nCommands')
  for (const [name, command] of Object.entries(commands)) console.log(`  ${name.padEnd(18)} ${command.help}`)
  console.log('\nSettings (environment)')
  for (const option of Object.values(options))
    console.log(`  ${option.name.padEnd(26)} ${option.help} Default: ${option.default}.`)
}

const [name = 'serve', ...words] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  console.error(`There is no command "${name}".\n`)
  help()
  process.exit(2)
}
if (command.words !== true && words.length > 0) {
  console.error(`Usage: ${name}, and nothing after it. Nothing was done.`)
  process.exit(2)
}
try {
  await command.run()
} catch (error) {
  fail(error)
}
