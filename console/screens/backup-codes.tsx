// Backup codes, shown once: to copy, download or print.
import { Check, Copy, Download, Printer } from 'lucide-react'
import { Button } from '../components/Button.tsx'
import { useCopy } from '../components/use-copy.tsx'
import { save } from '../save.ts'

const SIGN = 'Guestlist backup codes. Each works once, in place of the code of the authenticator app.'

export function BackupCodes({ codes }: { codes: readonly string[] }) {
  const text = codes.join('\n')
  const { copied, copy, byHand } = useCopy(text)
  return (
    <div className="flex flex-col gap-3">
      <ul
        aria-label="Backup codes"
        className="print-alone grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-md border bg-canvas px-4 py-3 font-mono text-sm"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button icon={copied ? <Check aria-hidden /> : <Copy aria-hidden />} onClick={copy}>
          {copied ? 'Copied' : 'Copy codes'}
        </Button>
        <Button
          icon={<Download aria-hidden />}
          onClick={() => save('guestlist-backup-codes.txt', `${SIGN}\n\n${text}\n`)}
        >
          Download
        </Button>
        <Button icon={<Printer aria-hidden />} onClick={() => print()}>
          Print
        </Button>
      </div>
      {byHand}
    </div>
  )
}
