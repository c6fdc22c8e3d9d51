// Makes the histories of a page explorable: read-out under the pointer and by
// keyboard, zoom, pan, lines on and off, and an address for what is shown. The
// pictures are complete without it. A frame changes attributes only, one
// viewBox and a few transforms: nothing that grows with the number of points.
(() => {
  'use strict';
  const reach = 14; // user units around the pointer in which points are looked for
  const near = 200; // commits in view from which on points are drawn large
  const closest = 4; // commits that stay in view however far one zooms
  const settle = 150; // milliseconds until the address follows
  const still = 4; // pixels that a press may move and be no drag
  const charts = new Map(); // by id
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
  const number = (element, name) => Number(element.getAttribute(name)) || 0;
  const display = (element, shown) => element.setAttribute('display', shown ? 'inline' : 'none');
  function make(name, attributes, text) {
    const space = ['path', 'rect', 'circle'].includes(name) ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml';
    const element = document.createElementNS(space, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text) element.textContent = text;
    return element;
  }

  // A link leads to a web page or within this one, whatever the data say.
  const followable = (href) => /^(https?:|[^:]*$|[^:]*[/?#])/i.test(href) && !/[\x00-\x1f]/.test(href);

  // Points stand in a script element as JSON, or in the picture, in groups that say where.
  function readPoints(place, series) {
    const script = place.querySelector('script.points');
    return script ? JSON.parse(script.textContent) : { lines: series.map(readSeries), commits: [], words: [] };
  }
  function readSeries({ dataset, children }) {
    const list = (text) => (text || '').split(' ').filter(Boolean).map(Number);
    const titles = [...children].map((e) => e.querySelector('title')).filter(Boolean).map((e) => e.textContent);
    return { name: dataset.name || '', commits: list(dataset.commits), heights: list(dataset.heights), titles, hrefs: [] };
  }

  // firstFrom returns the index of the first commit that is not before c.
  function firstFrom(commits, c) {
    let low = 0, high = commits.length;
    while (low < high) {
      if (commits[(low + high) >> 1] < c) low = ((low + high) >> 1) + 1; else high = (low + high) >> 1;
    }
    return low;
  }

  // Axis is a picture of which a part is in view.
  class Axis {
    constructor(svg, view) {
      const all = (what) => [...svg.querySelectorAll(`:scope > ${what}`)];
      const ticks = all('path.tick');
      this.box = { x: number(view, 'x'), y: number(view, 'y'), width: number(view, 'width'), height: number(view, 'height') };
      this.left = number(view, 'data-from'); // where the first commit is seen
      this.right = number(view, 'data-to');
      this.last = Math.max(number(view, 'data-last'), 1);
      this.first = number(view, 'data-first'); // what the first commit is called
      this.labels = all('text.commit').map((text, i) => ({ text, tick: ticks[i], x: number(text, 'x') }));
      this.marks = all('g.mark').map((group) => ({ group, x: number(group, 'data-x') }));
      Object.assign(this, { svg, view, from: 0, to: this.last });
    }

    // Between a commit, its place in the whole picture, and where it is seen now.
    commitAt(x) { return this.from + (x - this.left) / (this.right - this.left) * (this.to - this.from); }
    seenAt(commit) { return this.left + (commit - this.from) / (this.to - this.from) * (this.right - this.left); }
    placeOf(commit) { return this.left + commit / this.last * (this.right - this.left); }
    zoomed() { return this.to - this.from < this.last; }
    draw() {
      const share = (this.to - this.from) / this.last, start = this.placeOf(this.from) - (this.left - this.box.x) * share;
      this.view.style.setProperty('--share', share); // by which shapes keep theirs
      this.view.setAttribute('viewBox', `${start} ${this.box.y} ${this.box.width * share} ${this.box.height}`);
      for (const { group, x } of this.marks) this.put(group, (x - this.left) / (this.right - this.left) * this.last, x);
      let before = NaN;
      for (const { text, tick, x } of this.labels) {
        const commit = Math.round(this.commitAt(x)), at = commit === before ? NaN : commit;
        text.textContent = String((before = commit) + this.first);
        this.put(text, at, x);
        if (tick) this.put(tick, at, x);
      }
    }

    // put moves what was drawn at home to where a commit is seen, if it is.
    put(element, commit, home, y) {
      const x = this.seenAt(commit), inside = x >= this.box.x && x <= this.box.x + this.box.width;
      display(element, inside);
      if (inside) element.setAttribute('transform', `translate(${x - home} ${y || 0})`);
    }
  }

  // What was seen beside samples shows the same executions as they do.
  function followersOf(svg) {
    const article = svg.closest('article');
    return (article ? [...article.querySelectorAll('svg.lanes > svg.view')] : []).map((view) => new Axis(view.parentNode, view));
  }

  class Chart extends Axis {
    constructor(svg, view, id) {
      super(svg, view);
      this.series = [...view.querySelectorAll(':scope > g.series')];
      Object.assign(this, readPoints(svg.closest('figure') || svg.parentElement, this.series), { id, chosen: null, press: null, due: 0, leads: false, hidden: new Set(), pointers: new Map() });
      this.followers = followersOf(svg).filter((f) => f.last === this.last);
      this.addParts(this.box);
      this.listen((name, act, options) => svg.addEventListener(name, act, options));
    }
    addParts({ y, height }) {
      this.band = this.svg.appendChild(make('rect', { class: 'chosen', y, height, width: 0, display: 'none' }));
      this.cursor = this.svg.appendChild(make('path', { class: 'cursor', d: `M0 ${y}v${height}`, display: 'none' }));
      this.ring = this.svg.appendChild(make('circle', { class: 'cursor', r: 6, display: 'none' }));
      const tools = make('div', { class: 'history-tools', role: 'group', 'aria-label': 'What the picture shows' });
      const button = (text, attributes, act) => {
        const b = tools.appendChild(make('button', { type: 'button', ...attributes }, text));
        b.addEventListener('click', act);
        return b;
      };
      button('+', { 'aria-label': 'Zoom in' }, () => this.zoom(0.5));
      button('−', { 'aria-label': 'Zoom out' }, () => this.zoom(2));
      this.all = button('All', { 'aria-label': 'Show all' }, () => this.show(0, this.last));
      this.toggles = this.lines.map((line, i) => button(line.name, { 'aria-pressed': 'true' }, () => this.toggle(i)));
      this.read = make('p', { class: 'history-read', 'aria-live': 'polite' });
      const help = make('p', { class: 'quiet history-help', id: `history-help-${charts.size}` },
        `Drag, pinch, or press + and − to zoom; Shift and drag to move. Arrow keys go from point to point${this.lines.some((l) => l.hrefs.some(Boolean)) ? ', Enter opens one' : ''}, Escape shows all.`);
      const scroll = this.svg.closest('.scroll') || this.svg;
      scroll.after(this.read, tools, help);
      scroll.scrollLeft = scroll.scrollWidth; // on a narrow screen, the newest commits first
      for (const [key, value] of [['tabindex', 0], ['role', 'application'], ['aria-describedby', help.id]]) this.svg.setAttribute(key, value);
    }
    listen(on) {
      on('keydown', (e) => { if (!e.ctrlKey && !e.metaKey && !e.altKey && this.key(e)) e.preventDefault(); });
      on('wheel', (e) => this.wheel(e), { passive: false });
      on('dragstart', (e) => e.preventDefault());
      on('pointerdown', (e) => this.down(e));
      on('pointermove', (e) => this.move(e));
      for (const end of ['pointerup', 'pointercancel']) on(end, (e) => this.up(e));
      on('pointerleave', () => { if (!this.press && document.activeElement !== this.svg) this.choose(null); });
    }
    commitOf(point) { return this.lines[point.line].commits[point.index]; }
    wordsOf(point) {
      const line = this.lines[point.line], commit = this.commitOf(point), at = firstFrom(this.commits, commit);
      const said = [line.titles[point.index], this.commits[at] === commit && this.words[at]].filter(Boolean).join(', ');
      return `${line.name}: ${said}`;
    }

    // user turns a pointer's place into user units of the picture.
    user(e) {
      const r = this.svg.getBoundingClientRect(), scale = this.svg.viewBox.baseVal.width / (r.width || 1);
      return { x: (e.clientX - r.left) * scale, y: (e.clientY - r.top) * scale };
    }
    show(from, to, quiet) {
      const span = clamp(to - from, Math.min(closest, this.last), this.last);
      this.from = clamp((from + to - span) / 2, 0, this.last - span);
      this.to = this.from + span;
      this.leads = true;
      this.redraw();
      if (!quiet) remember();
    }
    zoom(factor, about) {
      if (about === undefined) about = this.chosen ? this.commitOf(this.chosen) : (this.from + this.to) / 2;
      about = clamp(about, this.from, this.to);
      this.show(about - (about - this.from) * factor, about + (this.to - about) * factor);
    }
    pan(commits) {
      this.show(...[this.from, this.to].map((c) => c + clamp(commits, -this.from, this.last - this.to)));
    }
    redraw() { this.due = this.due || requestAnimationFrame(() => { this.due = 0; this.draw(); }); }
    draw() {
      super.draw();
      for (const f of this.leads ? this.followers : []) {
        Object.assign(f, { from: this.from, to: this.to });
        f.draw();
      }
      this.leads = false;
      this.all.disabled = !this.zoomed();
      this.svg.classList.toggle('zoomed', this.zoomed());
      this.svg.classList.toggle('near', this.to - this.from < near);
      const { line, index } = this.chosen || {}, commit = this.chosen ? this.commitOf(this.chosen) : NaN;
      this.put(this.cursor, commit, 0);
      this.put(this.ring, commit, 0, this.chosen && this.lines[line].heights[index]);
    }

    // nearest returns the point that is nearest to a place, among those in reach;
    // where there is none, the one nearest along the commits.
    nearest(x, y) {
      let best = null, least = Infinity;
      this.lines.forEach(({ commits, heights }, line) => {
        const end = this.commitAt(x + reach), start = firstFrom(commits, this.commitAt(x - reach)) - 1;
        for (let index = Math.max(start, 0); index < commits.length && !this.hidden.has(line); index++) {
          const dx = this.seenAt(commits[index]) - x, away = Math.abs(dx) > reach;
          const far = dx * dx + (away ? 1e6 : (heights[index] - y) ** 2);
          if (far < least) [least, best] = [far, { line, index }];
          if (commits[index] > end) break;
        }
      });
      return best;
    }
    choose(point) {
      const was = this.chosen;
      if (point === was || point && was && point.line === was.line && point.index === was.index) return;
      this.chosen = point;
      this.read.textContent = '';
      if (point) {
        const href = this.lines[point.line].hrefs[point.index], words = this.wordsOf(point);
        this.read.append(href && followable(href) ? make('a', { href }, words) : words);
      }
      this.redraw();
    }

    // step chooses a point by keyboard, and moves the view to it.
    step(line, index) {
      index = clamp(index, 0, this.lines[line].commits.length - 1);
      this.choose({ line, index });
      const commit = this.lines[line].commits[index];
      if (commit < this.from || commit > this.to) this.pan(commit < this.from ? commit - this.from : commit - this.to);
    }
    arrow(key) {
      const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity, ArrowUp: 0, ArrowDown: 0 }[key];
      const point = this.chosen || this.nearest(this.right, this.box.y);
      if (!point) return; // nothing is shown
      if (by || !this.chosen) { this.step(point.line, this.chosen || Math.abs(by) > 1 ? point.index + by : point.index); return; }
      const shown = [...this.lines.keys()].filter((n) => !this.hidden.has(n) && this.lines[n].commits.length);
      const line = shown[clamp(shown.indexOf(point.line) + (key === 'ArrowUp' ? -1 : 1), 0, shown.length - 1)];
      this.step(line, firstFrom(this.lines[line].commits, this.commitOf(point)));
    }

    // key acts on a key and reports whether it was one of ours.
    key(e) {
      if (e.key === '+' || e.key === '=') this.zoom(0.5);
      else if (e.key === '-') this.zoom(2);
      else if (e.key === '0') this.show(0, this.last);
      else if (e.key === 'Escape') this.reset();
      else if (e.shiftKey && /^Arrow(Left|Right)$/.test(e.key)) this.pan((e.key === 'ArrowLeft' ? -1 : 1) * (this.to - this.from) / 4);
      else if (/^(Arrow.*|Home|End)$/.test(e.key)) this.arrow(e.key);
      else if (e.key === 'Enter' && e.target === this.svg && this.read.firstElementChild) this.read.firstElementChild.click();
      else return false;
      return true;
    }
    toggle(n) {
      if (!this.hidden.delete(n)) this.hidden.add(n);
      this.toggles[n].setAttribute('aria-pressed', String(!this.hidden.has(n)));
      if (this.series[n]) display(this.series[n], !this.hidden.has(n));
      if (this.chosen && this.hidden.has(this.chosen.line)) this.choose(null);
    }
    reset() {
      for (const n of [...this.hidden]) this.toggle(n);
      this.press = null;
      display(this.band, false);
      this.choose(null);
      this.show(0, this.last);
    }

    // A wheel scrolls the page, unless the picture has the focus or the reader
    // pinches a touchpad: a page that cannot be scrolled past a picture is a trap.
    wheel(e) {
      const unit = e.deltaMode === 1 ? 16 : 1, sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
      if (sideways ? !this.zoomed() : !e.ctrlKey && document.activeElement !== this.svg) return;
      if (sideways) this.pan(e.deltaX * unit * (this.to - this.from) / 800);
      else this.zoom(Math.exp(clamp(e.deltaY * unit, -200, 200) * 0.002), this.commitAt(this.user(e).x));
      e.preventDefault();
    }
    down(e) {
      if (e.button !== 0) return;
      this.pointers.set(e.pointerId, this.user(e).x);
      const kind = this.pointers.size > 1 ? 'pinch' : e.shiftKey || e.pointerType === 'touch' ? 'pan' : 'select';
      this.press = { kind, x: this.user(e).x, client: e.clientX, dragged: false, grips: this.fingers().map((at) => this.commitAt(at)) };
    }

    fingers() { return [Math.min(...this.pointers.values()), Math.max(...this.pointers.values())]; } // the outermost
    move(e) {
      const at = this.user(e), p = this.press;
      if (!p) { this.choose(this.nearest(at.x, at.y)); return; }
      if (this.pointers.has(e.pointerId)) this.pointers.set(e.pointerId, at.x);
      if (!p.dragged && Math.abs(e.clientX - p.client) < still) return;
      if (!p.dragged) this.svg.setPointerCapture(e.pointerId);
      p.dragged = true;
      const [low, high] = this.fingers(), unit = (p.grips[1] - p.grips[0]) / (high - low);
      if (p.kind === 'pan') this.pan(p.grips[0] - this.commitAt(at.x));
      else if (p.kind === 'select') this.select(...[p.x, at.x].map((x) => clamp(x, this.left, this.right)));
      else if (high - low > 10 && unit > 0) this.show(p.grips[0] - (low - this.left) * unit, p.grips[1] + (this.right - high) * unit);
    }
    select(a, b) {
      this.press.ends = [Math.min(a, b), Math.max(a, b)];
      for (const [key, value] of Object.entries({ x: Math.min(a, b), width: Math.abs(b - a), display: 'inline' })) this.band.setAttribute(key, value);
    }
    up(e) {
      const p = this.press;
      this.pointers.delete(e.pointerId);
      this.press = null;
      display(this.band, false);
      if (p && p.ends && e.type === 'pointerup') this.show(...p.ends.map((x) => this.commitAt(x)));
    }
  }

  // The address holds what is zoomed: #h=ID:from-to, several with commas, behind what
  // else a page keeps there: #f=...&h=...
  const address = () => /^#(f=.*?)?&?(?:h=([^&]*))?$/.exec(location.hash) || [];
  let waiting = 0;
  function remember() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const parts = [...charts.values()].filter((c) => c.zoomed()).map((c) => `${encodeURIComponent(c.id)}:${Math.round(c.from)}-${Math.round(c.to)}`);
      const [, others, zoomed] = address(), zoom = parts.length ? `h=${parts.join(',')}` : '';
      if (zoom) history.replaceState(null, '', `#${others ? `${others}&` : ''}${zoom}`);
      else if (zoomed) history.replaceState(null, '', others ? `#${others}` : location.pathname + location.search);
    }, settle);
  }

  function restore() {
    const [, others, zoomed] = address();
    if (!zoomed && !others) return;
    const parts = (zoomed || '').split(',').map((part) => /^([^:]+):(\d{1,9})-(\d{1,9})$/.exec(part));
    const asked = (c) => parts.find((m) => m && m[1] === encodeURIComponent(c.id));
    const inOrder = [...charts.values()].sort((a, b) => Boolean(asked(a)) - Boolean(asked(b)));
    for (const c of inOrder) { // what is zoomed comes last, and leads what follows it
      const found = asked(c);
      c.show(found ? Number(found[2]) : 0, found ? Number(found[3]) : c.last, true);
    }
  }

  function start() {
    for (const svg of document.querySelectorAll('svg.history:not(.small)')) {
      const view = svg.querySelector('svg.view'), figure = svg.closest('figure');
      let id = svg.id || figure && figure.id || '';
      if (!id || charts.has(id)) id = String(charts.size + 1);
      if (view) charts.set(id, new Chart(svg, view, id));
    }
    addEventListener('hashchange', restore);
    restore();
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
})();
