// One host: an application in a process of its own, which reports what a slice of load cost it.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Milliseconds; what the histogram measures beyond this is delay. */
const RESOLUTION = 5;

const settings = JSON.parse(process.argv[2]);
const { listen } = await import(`./${settings.module}.mjs`);
const port = await listen(settings);

const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
let begun;

function cpu() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return userCPUTime + systemCPUTime;
}

const answers = {
  begin() {
    delay.reset();
    delay.enable();
    begun = { cpu: cpu(), loop: performance.eventLoopUtilization() };
    return {};
  },
  end() {
    delay.disable();
    return {
      cpu: cpu() - begun.cpu,
      busy: performance.eventLoopUtilization(begun.loop).utilization,
      delay: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION),
      memory: process.memoryUsage.rss(),
    };
  },
};

process.on('message', (verb) => process.send(answers[verb]()));
// The parent is gone.
process.on('disconnect', () => process.exit());
process.send({ port });
