// Finds anything by typing: what the workspace holds and what can be done. One field, one list, arrow keys and Enter.
import { Dialog as Base } from '@base-ui/react/dialog'
import { Search } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { cx } from './cx.ts'
import { Key } from './Key.tsx'

export interface Command {
  id: string
  /** Heading under which it stands; commands of one group follow each other. */
  group: string
  title: string
  hint?: string
  icon: ReactNode
  run: () => void
}

export interface CommandPaletteProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  text: string
  onText: (text: string) => void
  commands: Command[]
  /** True while the answer to the present text is on its way. */
  searching: boolean
  /** What stands in place of what was searched for, where that could not be answered. */
  trouble: ReactNode
}

export function CommandPalette(props: CommandPaletteProps) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <Base.Root open={props.open} onOpenChange={(open) => props.onOpenChange(open)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          initialFocus={field}
          className="fixed top-0 left-1/2 z-40 flex max-h-dvh w-full max-w-xl -translate-x-1/2 flex-col overflow-hidden bg-raised shadow-pop outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 sm:top-[12vh] sm:max-h-[70vh] sm:rounded-lg"
        >
          <Base.Title className="sr-only">Find anything</Base.Title>
          <Finder {...props} field={field} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function Finder({
  field,
  text,
  onText,
  commands,
  searching,
  trouble,
  onOpenChange,
}: CommandPaletteProps & { field: RefObject<HTMLInputElement | null> }) {
  const id = useId()
  const [at, setAt] = useState(0)
  const chosen = commands[Math.min(at, commands.length - 1)]
  const option = (command: Command) => `${id}-${command.id}`
  useEffect(() => setAt(0), [text])
  useEffect(() => {
    if (chosen !== undefined)
      document.getElementById(`${id}-${chosen.id}`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen, id])

  const run = (command: Command | undefined) => {
    if (command === undefined) return
    onOpenChange(false)
    command.run()
  }
  const step = (by: number) =>
    setAt((commands.length + Math.min(at, commands.length - 1) + by) % Math.max(1, commands.length))

  return (
    <>
      <div className="flex items-center gap-3 border-b px-4">
        <Search className="size-4 text-muted" aria-hidden />
        <input
          ref={field}
          role="combobox"
          aria-label="Find anything"
          aria-expanded={commands.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen === undefined ? undefined : option(chosen)}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Apps, partners, people, assets, tasks, actions"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') step(1)
            else if (event.key === 'ArrowUp') step(-1)
            else if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(chosen)
            else return
            event.preventDefault()
          }}
          className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none focus-visible:outline-none"
        />
        <Key>Esc</Key>
      </div>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Found"
        tabIndex={-1}
        className="min-h-0 flex-1 overflow-y-auto p-1.5"
      >
        {grouped(commands).map(([group, members]) => (
          <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
            <div id={`${id}-${group}`} className="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">
              {group}
            </div>
            {members.map((command) => (
              <div
                key={command.id}
                id={option(command)}
                role="option"
                aria-selected={command === chosen}
                onMouseMove={() => setAt(commands.indexOf(command))}
                onClick={() => run(command)}
                className={cx(
                  'flex min-h-9 items-center gap-2.5 rounded-md px-2.5 py-1 pointer-coarse:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted',
                  command === chosen && 'bg-hover',
                )}
              >
                {command.icon}
                <bdi className="min-w-0 truncate">{command.title}</bdi>
                {command.hint !== undefined && (
                  <bdi className="ml-auto min-w-0 shrink-9 truncate pl-4 text-sm text-muted">
                    {command.hint}
                  </bdi>
                )}
              </div>
            ))}
          </div>
        ))}
      </div>
      {trouble !== null && <div className="p-1.5">{trouble}</div>}
      <div
        role="status"
        className={commands.length === 0 && trouble === null ? 'px-4 pb-8 text-center text-muted' : 'sr-only'}
      >
        {commands.length === 0 && trouble === null
          ? searching
            ? 'Searching'
            : 'Nothing has this name, ID or e-mail.'
          : `${commands.length} found`}
      </div>
    </>
  )
}

function grouped(commands: Command[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>()
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command])
  return [...groups]
}
