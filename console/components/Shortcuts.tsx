// What the keys do, and the switch for those that are single keys.
import { Checkbox } from './Checkbox.tsx'
import { Dialog, DialogBody } from './Dialog.tsx'
import { commandKey, Key } from './Key.tsx'

const list: [string, string[]][] = [
  ['Find anything', [commandKey, 'K']],
  ['Search this list', ['/']],
  ['Show these shortcuts', ['?']],
  ['Close what is open', ['Esc']],
  ['Move in a list', ['↑', '↓']],
  ['Go to the list, and move in it', ['J', 'K']],
  ['Open a row', ['Enter']],
]

export interface ShortcutsProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  singleKeys: boolean
  onSingleKeys: (on: boolean) => void
}

export function Shortcuts({ open, onOpenChange, singleKeys, onSingleKeys }: ShortcutsProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="s">
      <DialogBody>
        <dl className="grid grid-cols-[1fr_auto] items-center gap-y-2.5">
          {list.map(([does, keys]) => (
            <div key={does} className="contents">
              <dt>{does}</dt>
              <dd className="flex gap-1">
                {keys.map((key) => (
                  <Key key={key}>{key}</Key>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <div className="border-t pt-4 pb-4">
          <Checkbox
            checked={singleKeys}
            onChange={onSingleKeys}
            label="Single-key shortcuts"
            hint="Switch them off if /, ?, J and K get in the way of speech input."
          />
        </div>
      </DialogBody>
    </Dialog>
  )
}
