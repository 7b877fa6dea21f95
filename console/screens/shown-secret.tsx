// An opened value: who proved to have written it, and what may be done with it.
import { Copy, Download } from 'lucide-react'
import type { Secret } from '../../src/model/secret.ts'
import { Badge } from '../components/Badge.tsx'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { useCopy } from '../components/use-copy.tsx'
import type { Shown } from '../secret-work.ts'
import { copySecret } from '../vault.ts'
import { senderWords } from './secret-words.ts'

export function ShownSecret(props: {
  secret: Secret
  shown: Shown
  /** The reader. */
  me: string
  onExport: () => void
  onHide: () => void
}) {
  const { secret, shown } = props
  const { copied, copy, byHand } = useCopy(shown.value, copySecret)
  const sender = senderWords(shown, secret, props.me)
  return (
    <>
      {shown.claimed.version !== secret.version && (
        <Banner tone="info">This is version {shown.claimed.version}, not the present one.</Banner>
      )}
      <pre
        tabIndex={0}
        aria-label="The value"
        className="max-h-80 overflow-auto rounded-md border bg-hover px-3 py-2 font-mono text-sm wrap-anywhere whitespace-pre-wrap"
      >
        {shown.value}
      </pre>
      <p className="flex items-start gap-2 text-sm">
        <Badge tone={sender.tone}>{sender.tone === 'ok' ? 'Sender proven' : 'Sender not proven'}</Badge>
        <span className="text-muted">{sender.sentence}</span>
      </p>
      <div className="flex flex-wrap gap-2">
        <Button icon={<Copy aria-hidden />} onClick={copy}>
          Copy
        </Button>
        <Button icon={<Download aria-hidden />} onClick={props.onExport}>
          Export
        </Button>
        <Button onClick={props.onHide}>Hide</Button>
        <span role="status" className="self-center text-sm text-muted">
          {copied ? 'Copied. The clipboard is cleared after 30 seconds.' : ''}
        </span>
      </div>
      {byHand}
    </>
  )
}
