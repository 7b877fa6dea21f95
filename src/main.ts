// The program: takes one subcommand and runs it. What a subcommand does stands in commands/, a file for each.
import { backup, restore } from './commands/backup.ts'
import { browserLogin } from './commands/browser-login.ts'
import { newOwner, newPassword } from './commands/break-glass.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { dryRun } from './commands/dry-run.ts'
import { isEnding } from './commands/end.ts'
import { migrate } from './commands/migrate.ts'
import { rotate } from './commands/rotate-key.ts'
import { serve } from './commands/serve.ts'
import { simulate } from './commands/simulator.ts'
import { worker } from './commands/worker.ts'
import { options } from './config.ts'

const commands: Record<string, { help: string; run: () => Promise<void> | void }> = {
  serve: { help: 'the product: console, API and jobs', run: serve },
  worker: { help: 'jobs alone, beside other processes on one DATABASE_URL', run: worker },
  demo: { help: 'the product with a simulated Meta, a workspace and the story done', run: demo },
  simulator: { help: 'the simulated Graph API and Business settings pages alone, on PORT', run: simulate },
  migrate: { help: "bring the database to this release's structure", run: migrate },
  doctor: {
    help: 'look at everything and say what is wrong and what mends it [--json | --first-contact]',
    run: doctor,
  },
  backup: { help: 'write everything but the keys to a file: [file]', run: backup },
  restore: { help: 'bring a backup into an empty data folder or database: <file> [--check]', run: restore },
  'rotate-key': { help: 'seal every credential under a new master key', run: rotate },
  'reset-password': { help: 'give a person a new password: <e-mail>', run: newPassword },
  'transfer-ownership': { help: 'make a person the owner: <workspace id> <e-mail>', run: newOwner },
  'browser-login': {
    help: 'sign in to Meta in a window and keep the session for browser automation: <file>',
    run: browserLogin,
  },
  'dry-run': {
    help: 'walk the recipe to the last press, with a picture of each step: <session file> <business ID> <app ID> <folder>',
    run: dryRun,
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
