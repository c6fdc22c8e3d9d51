// Says times as the reader's own clock has them, and how long ago they were.
(() => {
  'use strict';
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  const units = [['year', 31536e6], ['month', 2592e6], ['week', 6048e5], ['day', 864e5], ['hour', 36e5], ['minute', 6e4]];
  function ago(then) {
    const passed = then - Date.now();
    for (const [unit, size] of units) if (Math.abs(passed) >= size) return relative.format(Math.round(passed / size), unit);
    return relative.format(0, 'minute');
  }
  function start() {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const then = Date.parse(time.dateTime);
      if (Number.isNaN(then)) continue;
      time.title = time.textContent; // in UTC, as the page has it
      time.textContent = `${local.format(then)} (${ago(then)})`;
    }
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
})();
