(function () {
  'use strict';
  const form = document.getElementById('narrow');
  const held = document.getElementById('narrowing');
  if (!form || !held) return;
  const told = JSON.parse(held.textContent);
  const shown = document.getElementById('shown');
  const more = document.getElementById('more');
  const body = document.getElementById(told.table).tBodies[0];
  const heads = [...body.parentNode.tHead.rows[0].cells];
  const rows = [...body.rows];
  const box = form.elements.q;
  const MOST = 100; // rows drawn at once: more than anybody reads
  const FIRST = 20; // drawn at each letter, as many as a screen shows: laying rows out is what costs. The rest follow
  const collator = new Intl.Collator('en-GB', { numeric: true, sensitivity: 'base' });
  const fold = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const texts = rows.map(row => fold(row.textContent));
  const sorted = { by: -1, down: false, order: rows.map((row, at) => at) };
  let found = sorted.order;
  let all = false;

  function sort(by, down) {
    sorted.by = by;
    sorted.down = down;
    sorted.order = rows.map((row, at) => at);
    if (by >= 0) {
      const column = told.columns[by];
      const keys = rows.map(row => {
        const text = row.cells[by].textContent.trim();
        if (column.order.length) {
          const place = column.order.findIndex(word => text === word || text.startsWith(word + ' ('));
          return place < 0 ? column.order.length : place;
        }
        if (column.dated) return Date.parse((text.match(/\d+ \p{L}+ \d{4}/u) || [''])[0]) || 0;
        if (!column.numeric) return text;
        const number = parseFloat(text.replace(/−/g, '-').replace(/[^0-9.+-]/g, ''));
        return Number.isNaN(number) ? Infinity : number;
      });
      const compare = typeof keys[0] === 'number' ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : collator.compare;
      sorted.order.sort((a, b) => (down ? compare(keys[b], keys[a]) : compare(keys[a], keys[b])) || a - b);
    }
    heads.forEach((head, at) => {
      if (at === by) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  }

  function narrow(most) {
    const asked = fold(box.value).split(/\s+/).filter(Boolean);
    const chosen = told.filters.map(filter => filter.options.indexOf(form.elements[filter.key].value));
    found = sorted.order.filter(at => {
      const words = told.rows[at];
      for (let place = 0; place < chosen.length; place += 1) {
        if (chosen[place] >= 0 && !words[place].includes(chosen[place])) return false;
      }
      return asked.every(word => texts[at].includes(word));
    });
    draw(most);
  }

  function draw(first = Infinity) {
    const most = all ? found.length : Math.min(MOST, found.length);
    const drawn = document.createDocumentFragment();
    for (let at = 0; at < Math.min(first, most); at += 1) drawn.append(rows[found[at]]);
    body.replaceChildren(drawn);
    const count = found.length.toLocaleString('en-GB');
    const whole = rows.length.toLocaleString('en-GB');
    const begun = most < found.length ? `, the first ${most} of them drawn` : '';
    shown.textContent = found.length ? `${count} of ${whole} shown${begun}.` : `None of ${whole} fits.`;
    more.hidden = most === found.length;
  }

  function read() {
    const said = new URLSearchParams(location.hash.includes('=') ? location.hash.slice(1) : '');
    box.value = said.get('q') || '';
    for (const filter of told.filters) {
      const word = said.get(filter.key) || '';
      form.elements[filter.key].value = filter.options.includes(word) ? word : '';
    }
    const by = told.columns.findIndex(column => column.name === said.get('sort'));
    sort(by, said.get('order') === 'down');
    narrow();
  }

  function write() {
    const said = new URLSearchParams();
    if (box.value.trim()) said.set('q', box.value.trim());
    for (const filter of told.filters) {
      if (form.elements[filter.key].value) said.set(filter.key, form.elements[filter.key].value);
    }
    if (sorted.by >= 0) {
      said.set('sort', told.columns[sorted.by].name);
      if (sorted.down) said.set('order', 'down');
    }
    const view = said.toString();
    if (view || location.hash.includes('=')) {
      history.replaceState(null, '', view ? `#${view}` : location.pathname + location.search);
    }
  }

  const buttons = heads.map((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.textContent = head.textContent;
    button.addEventListener('click', () => {
      sort(at, sorted.by === at && !sorted.down);
      narrow();
      write();
    });
    head.replaceChildren(button);
    return button;
  });
  let waiting = 0;
  form.addEventListener('input', () => {
    all = false;
    narrow(FIRST);
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      draw();
      write();
    }, 250);
  });
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('reset', event => {
    event.preventDefault();
    all = false;
    box.value = '';
    for (const filter of told.filters) form.elements[filter.key].value = '';
    sort(-1, false);
    narrow();
    write();
    box.focus();
  });
  more.querySelector('button').addEventListener('click', () => {
    all = true;
    draw();
    shown.scrollIntoView();
  });
  let before = false;
  addEventListener('beforeprint', () => {
    before = all;
    all = true;
    // a heading that is repeated on each sheet is printed without its buttons
    heads.forEach((head, at) => head.replaceChildren(buttons[at].textContent));
    draw();
  });
  addEventListener('afterprint', () => {
    all = before;
    heads.forEach((head, at) => head.replaceChildren(buttons[at]));
    draw();
  });
  addEventListener('hashchange', () => {
    if (location.hash.includes('=')) read();
  });
  form.hidden = false;
  read();
})();
