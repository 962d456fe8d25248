/** What the operator of the relay tells this home after a mix-up: a quiet card with plain words, until an admin has read it. */
import type { Notice } from '@sealcam/protocol';
import { CircleCheck, Info, Mail } from 'lucide-preact';
import type { JSX } from 'preact';
import type { Home } from '../home/home.ts';
import { useTask } from '../parts/task.ts';
import { TaskNote } from '../parts/task-note.tsx';
import { clockTime, dateTime } from '../words/ages.ts';

const ICONS = { was: Mail, 'could-have-been': Info, 'not-affected': CircleCheck } as const;

/** The oldest first, one at a time. */
export function Notices({ home }: { readonly home: Home }): JSX.Element | null {
  const notices = home.notices.value;
  const [first] = notices;
  if (first === undefined || !home.isAdmin.value) return null;
  return <Card key={first.noticeId} home={home} notice={first} more={notices.length - 1} />;
}

function Card({
  home,
  notice,
  more,
}: {
  readonly home: Home;
  readonly notice: Notice;
  readonly more: number;
}): JSX.Element {
  const task = useTask();
  const now = home.now.value;
  const Icon = ICONS[notice.kind];
  return (
    <section class="strip" aria-labelledby="notice-title">
      <div class={`notice ${notice.kind}`}>
        <header>
          <Icon size={20} aria-hidden />
          <div>
            <h2 id="notice-title">{notice.title}</h2>
            <p class="quiet">
              From the operator of your relay, {clockTime(notice.atMs, now)}
              {more > 0 && ` · ${String(more)} more after this`}
            </p>
          </div>
        </header>
        <p>{notice.seen}</p>
        <details open={notice.kind === 'was'}>
          <summary>What happened, and what to do</summary>
          <dl>
            <dt>What happened</dt>
            <dd>{notice.happened}</dd>
            <dt>When</dt>
            <dd>
              Between {dateTime(notice.fromMs)} and {dateTime(notice.toMs)}.
            </dd>
            <dt>What the operator did</dt>
            <dd>{notice.did}</dd>
            <dt>What to do</dt>
            <dd>{notice.todo}</dd>
          </dl>
        </details>
        <TaskNote task={task} running="Telling the relay…" />
        <div class="row">
          <button
            class="button"
            onClick={() => void task.run(async () => home.client.readNotice(notice.noticeId))}
            disabled={task.state.value.at === 'running'}
          >
            I have read this
          </button>
          <a class="button plain" href="#/activity">
            See who looked
          </a>
        </div>
      </div>
    </section>
  );
}
