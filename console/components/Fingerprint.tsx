// A key's fingerprint in blocks that two people can read to each other, four to a line.
export function Fingerprint({ text, of }: { text: string; of: string }) {
  return (
    <div
      role="img"
      aria-label={`Fingerprint of ${of}: ${text}`}
      className="grid w-fit grid-cols-4 gap-x-4 gap-y-0.5 rounded-md bg-hover px-3 py-2 font-mono text-sm tabular-nums"
    >
      {text.split(' ').map((block, at) => (
        <span key={at} aria-hidden>
          {block}
        </span>
      ))}
    </div>
  )
}
