/** The frame of one page: its heading gets the focus when the place changes, so that a screen reader says where one is. */
import { ArrowLeft } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatRoute, type Route } from '../router.ts';

interface Props {
  readonly title: string;
  readonly back?: Route;
  readonly narrow?: boolean;
  /** Buttons beside the heading. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Page({ title, back, narrow = false, actions, children }: Props): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Sealcam`;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <main class={`page${narrow ? ' narrow' : ''}`}>
      <header>
        <div class="row grow">
          {back !== undefined && (
            <a class="button icon plain" href={formatRoute(back)} aria-label="Back">
              <ArrowLeft aria-hidden />
            </a>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {actions}
      </header>
      {children}
    </main>
  );
}
