// The page of a run, explorable: filters and sorting, a read-out on charts, times in
// the reader's zone. The page is complete without it; what it adds, it makes itself.
'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, attributes, ...children) => {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...children);
    return e;
  };

  // Times: the page says UTC, which stays in the title.
  const zone = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
  for (const time of all('time[datetime]')) {
    const at = new Date(time.getAttribute('datetime'));
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = zone.format(at);
  }

  // Rows: each with what stands under it (its reason, other hosts), and what filters and
  // sorting ask.
  const tables = all('table.verdicts');
  const rows = tables.flatMap((table) => all('tbody > tr:not(.why):not(.other)', table).map((row) => {
    const under = [];
    for (let next = row.nextElementSibling; next && next.matches('.why, .other'); next = next.nextElementSibling) under.push(next);
    const hosts = under.filter((u) => u.matches('.other')).map((u) => ({ name: u.cells[1].textContent, agrees: u.cells[2].textContent === 'agree' }));
    const [verdict, name, metric] = [...row.cells].map((cell) => cell.textContent);
    return { row, under, hosts, table, verdict, name, metric, change: parseFloat(row.dataset.change), text: [name, metric, ...under.map((u) => [...u.cells].map((c) => c.textContent).join(' '))].join(' ').toLowerCase() };
  }));
  rows.forEach((r, i) => { r.order = i; });
  const columns = ['verdict', 'name', 'metric', null, null, 'change'];
  const state = { text: '', verdicts: new Set(), metric: '', host: '', sort: '', down: false };

  const words = new Intl.Collator(undefined, { numeric: true });
  const compare = {
    verdict: (a, b) => a.order - b.order, // the page has them worst first
    name: (a, b) => words.compare(a.name, b.name),
    metric: (a, b) => words.compare(a.metric, b.metric),
    change: (a, b) => a.change - b.change,
  };

  let arranged = 'false'; // as the page was written
  function arrange() {
    if (arranged === state.down + state.sort) return;
    arranged = state.down + state.sort;
    const by = compare[state.sort] || compare.verdict;
    const sorted = [...rows].sort((a, b) => {
      if (state.sort === 'change' && Number.isNaN(a.change) !== Number.isNaN(b.change)) return Number.isNaN(a.change) ? 1 : -1; // none comes last
      return (state.down ? by(b, a) : by(a, b)) || a.order - b.order;
    });
    for (const table of tables) {
      table.tBodies[0].append(...sorted.filter((r) => r.table === table).flatMap((r) => [r.row, ...r.under]));
      [...table.tHead.rows[0].cells].forEach((cell, i) => {
        if (columns[i] && columns[i] === state.sort) cell.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
        else cell.removeAttribute('aria-sort');
      });
    }
  }

  const filtered = () => Boolean(state.text || state.metric || state.host || state.verdicts.size);
  function filter() {
    const wanted = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const found = new Map();
    for (const r of rows) {
      const keep = wanted.every((w) => r.text.includes(w)) && (!state.metric || r.metric === state.metric) &&
        (!state.verdicts.size || state.verdicts.has(r.verdict)) &&
        (!state.host || r.hosts.some((h) => (state.host === 'differ' ? !h.agrees : h.name === state.host)));
      for (const e of [r.row, ...r.under]) e.hidden = !keep;
      if (keep) { shown += 1; found.set(r.table, (found.get(r.table) || 0) + 1); }
    }
    for (const table of tables) { // a filter looks into what is folded, too
      const fold = table.closest('details.fold');
      if (!fold) continue;
      if (filtered() && found.get(table)) { if (!fold.open) { fold.open = true; fold.dataset.opened = ''; } }
      else if ('opened' in fold.dataset) { fold.open = false; delete fold.dataset.opened; }
    }
    count.textContent = filtered() ? shown + ' of ' + rows.length + ' rows' : rows.length + ' rows';
    clear.hidden = !filtered() && !state.sort;
  }

  // The address: #f= and what differs from the page as it was written.
  function keep() {
    const said = new URLSearchParams();
    if (state.text) said.set('text', state.text);
    if (state.metric) said.set('metric', state.metric);
    if (state.host) said.set('host', state.host);
    for (const v of state.verdicts) said.append('verdict', v);
    if (state.sort) said.set('sort', (state.down ? '-' : '') + state.sort);
    const [, zoom] = /[#&](h=[^&]*)$/.exec(location.hash) || []; // what of charts is shown
    const parts = [said.toString() && 'f=' + said, zoom].filter(Boolean);
    if (parts.length || location.hash.startsWith('#f=')) history.replaceState(null, '', parts.length ? '#' + parts.join('&') : location.pathname + location.search);
  }
  function read() {
    if (!location.hash.startsWith('#f=')) return false;
    const said = new URLSearchParams(location.hash.slice(3));
    const sort = said.get('sort') || '';
    state.text = said.get('text') || '';
    state.metric = names.includes(said.get('metric')) ? said.get('metric') : '';
    state.host = Object.hasOwn(hosts, said.get('host')) ? said.get('host') : '';
    state.verdicts = new Set(said.getAll('verdict').filter((v) => rows.some((r) => r.verdict === v)));
    state.down = sort.startsWith('-');
    state.sort = Object.hasOwn(compare, sort.replace(/^-/, '')) ? sort.replace(/^-/, '') : '';
    return true;
  }
  function show() {
    search.value = state.text;
    metrics.value = state.metric;
    other.value = state.host;
    for (const b of buttons) b.setAttribute('aria-pressed', String(state.verdicts.has(b.textContent)));
    arrange();
    filter();
  }
  const changed = () => { keep(); show(); };

  const search = make('input', { type: 'search', 'aria-label': 'Filter by text', placeholder: 'Filter', autocomplete: 'off', spellcheck: 'false' });
  const buttons = [...new Set(rows.map((r) => r.verdict))].map((verdict) => {
    const b = make('button', { type: 'button', 'aria-pressed': 'false' }, verdict);
    b.addEventListener('click', () => {
      if (!state.verdicts.delete(verdict)) state.verdicts.add(verdict);
      changed();
    });
    return b;
  });
  const names = [...new Set(rows.map((r) => r.metric))].sort(words.compare);
  const choice = (label, all, said) => make('select', { 'aria-label': label }, make('option', { value: '' }, all), ...Object.entries(said).map(([value, n]) => make('option', { value }, n)));
  const metrics = choice('Filter by metric', 'all metrics', Object.fromEntries(names.map((n) => [n, n])));
  const hosts = Object.fromEntries([['differ', 'where hosts differ'], ...rows.flatMap((r) => r.hosts.map((h) => [h.name, 'also ' + h.name]))]);
  const other = choice('Filter by host', 'all hosts', hosts);
  const count = make('p', { 'aria-live': 'polite', class: 'count' });
  const clear = make('button', { type: 'button' }, 'Show all');
  search.addEventListener('input', () => { state.text = search.value.trim(); keep(); filter(); });
  metrics.addEventListener('change', () => { state.metric = metrics.value; changed(); });
  other.addEventListener('change', () => { state.host = other.value; changed(); });
  clear.addEventListener('click', () => {
    Object.assign(state, { text: '', verdicts: new Set(), metric: '', host: '', sort: '', down: false });
    changed();
    search.focus();
  });

  if (rows.length > 1) {
    const tools = make('div', { class: 'tools', role: 'group', 'aria-label': 'Filter the verdicts' }, search, ...buttons);
    if (names.length > 1) tools.append(metrics);
    if (rows.some((r) => r.hosts.length)) tools.append(other);
    tools.append(clear, count);
    (tables[0].closest('details') || tables[0].parentElement).before(tools);
    for (const table of tables) {
      [...table.tHead.rows[0].cells].forEach((cell, i) => {
        if (!columns[i]) return;
        const b = make('button', { type: 'button' }, cell.textContent);
        b.addEventListener('click', () => {
          state.down = state.sort === columns[i] ? !state.down : columns[i] === 'change'; // the largest first
          state.sort = columns[i];
          changed();
        });
        cell.replaceChildren(b);
      });
    }
    read();
    show();
    addEventListener('hashchange', () => { if (read()) show(); });
  }

  // Charts of few points: the words of each, by pointer and by arrow keys. Those of many
  // are zoomed by the script of histories.
  all('figure.readable > svg:not(.history)').forEach((svg, n) => {
    const points = all('path', svg).filter((p) => p.querySelector('title')).map((p) => {
      const said = p.querySelector('title').textContent;
      const box = () => { const r = p.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; };
      return { said, box, path: p };
    });
    if (!points.length) return;
    const figure = svg.parentElement;
    const out = make('p', { class: 'read', 'aria-live': 'polite' });
    const help = make('span', { class: 'hidden', id: 'help-' + n }, 'Left and right arrow keys read the values.');
    figure.append(out, help);
    for (const [key, value] of [['tabindex', 0], ['role', 'application'], ['aria-describedby', help.id]]) svg.setAttribute(key, value);
    const spot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    spot.setAttribute('class', 'spot');
    spot.setAttribute('r', 7);
    let at = -1;
    const say = (i) => {
      at = i;
      const b = points[i].path.getBBox();
      spot.setAttribute('cx', b.x + b.width / 2);
      spot.setAttribute('cy', b.y + b.height / 2);
      svg.append(spot);
      out.textContent = (i + 1) + ' of ' + points.length + ': ' + points[i].said;
    };
    svg.addEventListener('pointermove', (e) => {
      let best = 0, least = Infinity;
      points.forEach((p, i) => {
        const { x, y } = p.box();
        const d = Math.abs(x - e.clientX) + Math.abs(y - e.clientY) / 4; // across counts more than up
        if (d < least) { least = d; best = i; }
      });
      if (best !== at) say(best);
    });
    svg.addEventListener('pointerleave', () => { spot.remove(); out.textContent = ''; at = -1; });
    svg.addEventListener('keydown', (e) => {
      const to = { ArrowLeft: Math.max(at - 1, 0), ArrowRight: Math.min(at + 1, points.length - 1), Home: 0, End: points.length - 1 }[e.key];
      if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      say(to);
    });
    svg.addEventListener('blur', () => { spot.remove(); at = -1; });
  });
})();
