/** A sentence that matters, with what to do: kind, warning or danger. Announced when it appears. */
import { CircleCheck, Info, TriangleAlert } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';

type Tone = 'info' | 'done' | 'warning' | 'danger';

export function Note({
  tone = 'info',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  const Icon = tone === 'done' ? CircleCheck : tone === 'info' ? Info : TriangleAlert;
  return (
    <div class={`note ${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon size={20} aria-hidden />
      <div class="stack tight grow">{children}</div>
    </div>
  );
}

/** A list that is empty, not read yet, or could not be read: what is true and one next step. */
export function Blank({
  icon,
  title,
  children,
}: {
  readonly icon: JSX.Element;
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty" role="status">
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
