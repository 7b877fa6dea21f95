// A sentence of a connector's guide: what stands between two stars is a label of the provider's own pages, and stands out.
export function GuideText({ children }: { children: string }) {
  return children.split('**').map((part, at) =>
    at % 2 === 1 ? (
      <strong key={at} className="font-semibold text-text">
        {part}
      </strong>
    ) : (
      part
    ),
  )
}
