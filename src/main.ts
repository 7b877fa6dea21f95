// The program: takes one subcommand and runs it. What a subcommand does stands in commands/, a file for each.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { isEnding } from './commands/end.ts'
import { options } from './config.ts'

// What was compiled once is kept beside the packages: a start takes half the time and forty megabytes less. Where it cannot be kept, nothing is.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'guestlist'))

// Only the command that was asked for is loaded.
const commands: Record<string, { help: string; run: () => Promise<void> | void }> = {
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
    run: async () => (await import('./commands/simulator.ts')).simulate(),
  },
  migrate: {
    help: "bring the database to this release's structure",
    run: async () => (await import('./commands/migrate.ts')).migrate(),
  },
  doctor: {
    help: 'look at everything and say what is wrong and what mends it [--json | --first-contact]',
    run: async () => (await import('./commands/doctor.ts')).doctor(),
  },
  backup: {
    help: 'write everything but the keys to a file: [file]',
    run: async () => (await import('./commands/backup.ts')).backup(),
  },
  restore: {
    help: 'bring a backup into an empty data folder or database: <file> [--check]',
    run: async () => (await import('./commands/backup.ts')).restore(),
  },
  'rotate-key': {
    help: 'seal every credential under a new master key',
    run: async () => (await import('./commands/rotate-key.ts')).rotate(),
  },
  'reset-password': {
    help: 'give a person a new password: <e-mail>',
    run: async () => (await import('./commands/break-glass.ts')).newPassword(),
  },
  'transfer-ownership': {
    help: 'make a person the owner: <workspace id> <e-mail>',
    run: async () => (await import('./commands/break-glass.ts')).newOwner(),
  },
  'browser-login': {
    help: 'sign in to Meta in a window and keep the session for browser automation: <file>',
    run: async () => (await import('./commands/browser-login.ts')).browserLogin(),
  },
  'dry-run': {
    help: 'walk the recipe with a picture of each step, changing nothing: <session file> <business ID> <app ID> <folder> [approve | read]',
    run: async () => (await import('./commands/dry-run.ts')).dryRun(),
  },
  help: { help: 'this page', run: help },
}

function help(): void {
  console.log('Usage: node src/main.ts <command>\n\nCommands')
  for (const [name, command] of Object.entries(commands)) console.log(`  ${name.padEnd(18)} ${command.help}`)
  console.log('\nSettings (environment)')
  for (const option of Object.values(options))
    console.log(`  ${option.name.padEnd(26)} ${option.help} Default: ${option.default}.`)
}

const command = commands[process.argv[2] ?? 'serve']
if (command === undefined) {
  console.error(`There is no command "${process.argv[2]}".\n`)
  help()
  process.exit(2)
}
try {
  await command.run()
} catch (error) {
  // While it ends, whoever ends it says with what code.
  if (!isEnding()) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
