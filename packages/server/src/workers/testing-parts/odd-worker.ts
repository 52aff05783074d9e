/** For member.test.ts: a worker that does what its argument says, and no more. */
import type { FromWorker, ToWorker } from '../messages.ts';

const kind = process.argv[2];
const tell = (message: FromWorker, then = () => {}): void => void process.send?.(message, then);

const snapshot = {
  worker: '',
  families: [
    {
      name: 'asked_total',
      help: 'Asked.',
      type: 'counter',
      across: 'sum',
      labels: [],
      series: [{ values: [], numbers: [1] }],
    },
  ],
} as const;

/** Never reports that it accepts messages. */
function load(): void {
  setInterval(() => undefined, 1000);
}

/** Ends with its first report. */
function reportOnce(): void {
  let worker = '';
  process.on('message', (message: ToWorker) => {
    if (message.type === 'start') {
      ({ worker } = message);
      tell({ type: 'started', port: 4000 });
    } else if (message.type === 'report')
      tell(
        {
          type: 'report',
          id: message.id,
          report: { isReady: true, snapshot: { ...snapshot, worker } },
        },
        () => process.exit(0),
      );
  });
  tell({ type: 'hello' });
}

if (kind === 'loading') load();
else reportOnce();
