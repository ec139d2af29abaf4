  const page = JSON.parse(document.getElementById('data').textContent);
  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const digit = new Map([...DIGITS].map((letter, place) => [letter, place]));
  const STEPS = 4095;
  const live = document.getElementById('live');

  // Numbers: three digits in the unit that suits them, as everywhere in the page.
  const UNITS = {
    ns: [['ns', 1], ['µs', 1e3], ['ms', 1e6], ['s', 1e9]],
    KiB: [['KiB', 1], ['MiB', 1024], ['GiB', 1024 * 1024]],
  };
  const COUNTS = [['', 1], ['k', 1e3], ['M', 1e6], ['G', 1e9]];
  const round = (value) => Number(value.toPrecision(3));
  const scaleOf = (value, unit) => {
    const [base, per] = unit.split('/');
    const steps = UNITS[base] || COUNTS;
    const size = Math.abs(round(value));
    const [name, divisor] = steps.findLast((step) => size >= step[1]) || steps[0];
    return { divisor, suffix: (name && ' ' + name) + (per ? '/' + per : '') };
  };
  const digits = (value, divisor) => {
    const share = round(value / divisor);
    if (share === 0) return '0';
    const exponent = Math.floor(Math.log10(Math.abs(share)));
    return share.toFixed(Math.min(9, Math.max(0, 2 - exponent)));
  };
  const interval = ([low, center, high], unit) => {
    const { divisor, suffix } = scaleOf(center, unit);
    const text = digits(center, divisor) + suffix;
    if (low === high) return text;
    return `${text} (${digits(low, divisor)}${low < 0 ? ' to ' : '–'}${digits(high, divisor)})`;
  };

  // A chart's values are unpacked when they are first asked for.
  const unpacked = new Map();
  const valuesOf = (id) => {
    if (!unpacked.has(id)) {
      const { low, high, by_factors: byFactors, points } = page.charts[id].values;
      const at = (place) => {
        const share = (digit.get(points[place]) * 64 + digit.get(points[place + 1])) / STEPS;
        return byFactors ? low * (high / low) ** share : low + (high - low) * share;
      };
      const values = [];
      for (let place = 0; place < points.length; place += 6) {
        values.push(points[place] === '~' ? null : [at(place), at(place + 2), at(place + 4)]);
      }
      unpacked.set(id, values);
    }
    return unpacked.get(id);
  };
  const commitsOf = (id) => page.commits[page.charts[id].machine];

  // Reading a history: a line under the pointer or the arrow keys, and what is there.
  const SVG = 'http://www.w3.org/2000/svg';
  const cursors = new Map();
  const cursorOf = (figure) => {
    if (!cursors.has(figure)) {
      const line = document.createElementNS(SVG, 'line');
      line.setAttribute('class', 'cursor');
      line.setAttribute('y1', '0');
      line.setAttribute('y2', '100%');
      figure.querySelector('.plot').append(line);
      const reading = document.createElement('div');
      reading.className = 'reading';
      figure.append(reading);
      cursors.set(figure, { line, reading, place: null });
    }
    return cursors.get(figure);
  };
  const show = (figure, place, aloud) => {
    const values = valuesOf(figure.id);
    const cursor = cursorOf(figure);
    const [first, last] = windowOf(figure.id);
    const share = last > first ? (place - first) / (last - first) : 0;
    const value = values[place];
    const commit = commitsOf(figure.id)[place];
    const said = `${commit}: ${value ? interval(value, page.charts[figure.id].unit) : 'no value'}`;
    cursor.place = place;
    cursor.line.setAttribute('x1', `${share * 100}%`);
    cursor.line.setAttribute('x2', `${share * 100}%`);
    cursor.reading.textContent = said;
    cursor.line.style.display = cursor.reading.style.display = '';
    const plot = figure.querySelector('.plot');
    const x = plot.getBoundingClientRect().left - figure.getBoundingClientRect().left + plot.clientWidth * share;
    const room = figure.clientWidth - cursor.reading.offsetWidth - 4;
    cursor.reading.style.left = `${Math.max(4, Math.min(x + 8, room))}px`;
    cursor.reading.style.top = `${figure.querySelector('.ends').offsetTop + 2}px`;
    if (aloud) live.textContent = said;
  };
  const hide = (figure) => {
    const cursor = cursors.get(figure);
    if (!cursor) return;
    cursor.line.style.display = cursor.reading.style.display = 'none';
    cursor.place = null;
  };
  const plotOf = (event) => event.target.closest && event.target.closest('.history .plot');
  document.addEventListener('pointermove', (event) => {
    const plot = plotOf(event);
    for (const figure of cursors.keys()) if (!plot || !figure.contains(plot)) hide(figure);
    if (!plot) return;
    const box = plot.getBoundingClientRect();
    const figure = plot.closest('figure');
    const [first, last] = windowOf(figure.id);
    const place = first + Math.round(((event.clientX - box.left) / box.width) * (last - first));
    show(figure, Math.max(first, Math.min(last, place)), false);
  });
  const move = (figure, key) => {
    const values = valuesOf(figure.id);
    const [first, last] = windowOf(figure.id);
    const here = cursors.get(figure)?.place ?? null;
    const seek = (start, step) => {
      let place = start;
      while (place >= first && place <= last && !values[place]) place += step;
      return place >= first && place <= last ? place : here;
    };
    if (key === 'Home') return seek(first, 1);
    if (key === 'End') return seek(last, -1);
    if (key === 'ArrowLeft') return seek(here === null ? last : here - 1, -1);
    if (key === 'ArrowRight') return seek(here === null ? first : here + 1, 1);
    return null;
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const plot = plotOf(event);
    if (plot) {
      const figure = plot.closest('figure');
      if (event.key === 'Escape') hide(figure);
      const place = move(figure, event.key);
      if (place === null) return;
      event.preventDefault();
      show(figure, place, true);
    } else if (event.key === '/' && !event.target.closest('input, select')) {
      event.preventDefault();
      choice.elements.search.focus();
    }
  });

  // A history's table shows all values once it is opened.
  document.addEventListener('toggle', (event) => {
    const figure = event.target.closest('figure.history');
    if (!figure || !event.target.open || !figure.querySelector('.more')) return;
    const unit = page.charts[figure.id].unit;
    const rows = valuesOf(figure.id).map((value, place) => {
      if (!value) return null;
      const row = document.createElement('tr');
      const [commit, cell] = [document.createElement('td'), document.createElement('td')];
      [commit.className, cell.className] = ['name', 'number'];
      commit.textContent = commitsOf(figure.id)[place];
      cell.textContent = interval(value, unit);
      row.append(commit, cell);
      return row;
    });
    figure.querySelector('tbody').replaceChildren(...rows.filter(Boolean).reverse());
    figure.querySelector('.more').remove();
  }, true);

  // Choosing: a chart is shown when every word is in its name and every choice is its own.
  const choice = document.getElementById('choice');
  const charts = [...document.querySelectorAll('[data-name]')];
  const TAGS = ['topic', 'metric', 'machine'];
  const choose = () => {
    const words = choice.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const chart of charts) {
      const { name, topic, metric, machine } = chart.dataset;
      const text = `${name} ${topic} ${metric} ${machine}`.toLowerCase();
      const fits = (tag) => {
        const wanted = choice.elements[tag].value;
        return !wanted || !chart.dataset[tag] || chart.dataset[tag] === wanted;
      };
      chart.hidden = !(words.every((word) => text.includes(word)) && TAGS.every(fits));
      shown += chart.hidden ? 0 : 1;
    }
    const some = words.length > 0 || TAGS.some((tag) => choice.elements[tag].value);
    document.getElementById('chosen').textContent = some ? `${shown} of ${charts.length}` : '';
  };
  choice.addEventListener('input', choose);
  choice.addEventListener('submit', (event) => event.preventDefault());
  choice.hidden = false;

  // An address that names a chart shows it, whatever was chosen before.
  const follow = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest('[hidden]')) {
      for (const name of ['search', ...TAGS]) choice.elements[name].value = '';
      choose();
    }
    target.closest('details')?.setAttribute('open', '');
    target.scrollIntoView();
    // Charts that come into view on the way take their real size, which moves the target.
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView()));
  };
  addEventListener('hashchange', follow);
  if (location.hash) follow();
