extension Report {
  /// Zooming, moving, sorting, and the way from a dot to its row.
  static let script = #"""
    'use strict';
    // Pictures move by their viewBox: one finger or the mouse moves, two fingers or the wheel zoom.
    const views = [];
    for (const view of document.querySelectorAll('.view')) {
      const svg = view.querySelector('svg');
      const size = {w: +svg.dataset.width, h: +svg.dataset.height};
      const box = {x: 0, y: 0, w: size.w};
      const ratio = () => svg.clientHeight / Math.max(1, svg.clientWidth);
      // Letters of less than 6 pixels are no text: they hide until they are larger.
      const letters = [...svg.querySelectorAll('text')].map(text => [text, parseFloat(getComputedStyle(text).fontSize)]);
      let scale = 0;
      const show = () => {
        svg.setAttribute('viewBox', `${box.x} ${box.y} ${box.w} ${box.w * ratio()}`);
        const now = svg.clientWidth / box.w;
        if (now === scale) return;
        scale = now;
        for (const [text, size] of letters)
          text.classList.toggle('hidden', size * now < 6);
      };
      const whole = () => {
        box.w = Math.max(size.w, size.h / ratio());
        box.x = (size.w - box.w) / 2;
        box.y = 0;
        show();
      };
      // Readable at first: a tall graph begins at its top, a wide plan at its left.
      // Where a graph is much wider than its window, its first box is in the middle.
      const start = () => {
        const isPlan = view.id === 'arena';
        const isWide = size.w > 1.4 * svg.clientWidth;
        box.w = isPlan ? size.h / ratio() : isWide ? 1.4 * svg.clientWidth : Math.max(size.w, svg.clientWidth);
        box.x = Math.min(0, (size.w - box.w) / 2);
        box.y = 0;
        const first = svg.querySelector('rect.end');
        if (!isPlan && isWide && first) {
          const middle = first.x.baseVal.value + first.width.baseVal.value / 2;
          box.x = Math.max(0, Math.min(size.w - box.w, middle - box.w / 2));
        }
        show();
      };
      const zoom = (factor, x, y) => {
        const w = Math.min(Math.max(box.w / factor, 20), 8 * Math.max(size.w, size.h));
        const change = w / box.w;
        box.x += x * box.w * (1 - change);
        box.y += y * box.w * ratio() * (1 - change);
        box.w = w;
        show();
      };
      const place = event => {
        const r = svg.getBoundingClientRect();
        return {x: (event.clientX - r.left) / r.width, y: (event.clientY - r.top) / r.height};
      };
      const fingers = new Map();
      svg.addEventListener('pointerdown', event => {
        svg.setPointerCapture(event.pointerId);
        fingers.set(event.pointerId, place(event));
      });
      svg.addEventListener('pointermove', event => {
        const before = fingers.get(event.pointerId);
        if (!before) return;
        const now = place(event);
        if (fingers.size === 2) {
          const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
          const far = (a, b) => Math.hypot(a.x - b.x, (a.y - b.y) * ratio());
          zoom(far(now, other) / Math.max(1e-6, far(before, other)),
               (now.x + other.x) / 2, (now.y + other.y) / 2);
        }
        box.x -= (now.x - before.x) * box.w / fingers.size;
        box.y -= (now.y - before.y) * box.w * ratio() / fingers.size;
        show();
        fingers.set(event.pointerId, now);
      });
      for (const end of ['pointerup', 'pointercancel'])
        svg.addEventListener(end, event => fingers.delete(event.pointerId));
      svg.addEventListener('wheel', event => {
        event.preventDefault();
        const at = place(event);
        zoom(Math.exp(-event.deltaY / 400), at.x, at.y);
      }, {passive: false});
      for (const button of view.querySelectorAll('[data-zoom]'))
        button.addEventListener('click', () =>
          +button.dataset.zoom ? zoom(+button.dataset.zoom, .5, .5) : whole());
      views.push(start);
      start();
    }
    addEventListener('resize', () => views.forEach(start => start()));

    for (const button of document.querySelectorAll('[data-show]'))
      button.addEventListener('click', () => {
        for (const other of document.querySelectorAll('[data-show]')) {
          const isShown = other === button;
          other.setAttribute('aria-pressed', isShown);
          document.getElementById(other.dataset.show).hidden = !isShown;
        }
        views.forEach(start => start());
      });

    const headings = [...document.querySelectorAll('.steps th')];
    headings.forEach((heading, column) => heading.querySelector('button').addEventListener('click', () => {
      const isDown = heading.getAttribute('aria-sort') === 'descending';
      headings.forEach(other => other.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', isDown ? 'ascending' : 'descending');
      const body = document.querySelector('.steps tbody');
      const key = row => {
        const cell = row.cells[column];
        return cell.dataset.value === undefined ? cell.textContent : +cell.dataset.value;
      };
      const sign = isDown ? 1 : -1;
      body.append(...[...body.rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return sign * (typeof x === 'number' ? x - y : x.localeCompare(y));
      }));
    }));

    for (const dot of document.querySelectorAll('[data-step]'))
      dot.addEventListener('click', () => {
        for (const row of document.querySelectorAll('.steps tr.marked')) row.classList.remove('marked');
        const row = document.getElementById('step' + dot.dataset.step);
        row.classList.add('marked');
        row.scrollIntoView({block: 'center'});
      });
    """#
}
