'use strict';
(() => {
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
    if (unit === '×') return { divisor: 1, suffix: unit };
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
      const { low, high, by_factors: byFactors, points } = page.histories[id].values;
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
  const commitsOf = (id) => page.commits[page.histories[id].machine];

  // Drawing: everything is placed in per cent of its axis, so that charts of any width show it.
  const SVG = 'http://www.w3.org/2000/svg';
  const SPAN_MIN = 0.05; // The narrowest span around the middle, to either side: less, and noise looks like drama.
  const FACTORS_FROM = 20; // From this ratio of the ends on, an axis is logarithmic by itself.
  const [WIDTH, HEIGHT, COLUMNS] = [640, 160, 320];
  const element = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const percent = (share) => `${Number((share * 100).toFixed(2))}%`;
  const scaleOver = (values, wanted) => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (low > high) [low, high] = [0, 1];
    const isLog = low > 0 && (wanted === 'factors' || (wanted === '' && high / low >= FACTORS_FROM));
    if (isLog) {
      const air = Math.max((high / low) ** 0.04, 1 + SPAN_MIN);
      [low, high] = [low / air, high * air];
    } else {
      const middle = (low + high) / 2;
      const reach = Math.max((high - low) * 0.55, Math.abs(middle) * SPAN_MIN, Number.MIN_VALUE);
      // A quantity that is never below zero has no axis below it.
      [low, high] = [low >= 0 ? Math.max(0, middle - reach) : middle - reach, middle + reach];
    }
    const share = (value) => isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return { low, high, isLog, share: (value) => Math.max(0, Math.min(1, share(value))) };
  };
  const ticksOf = ({ low, high, isLog }) => {
    const decades = isLog ? Math.log10(high / low) : 0;
    const ticks = [];
    if (decades >= 0.5) {
      const every = decades < 6 ? 1 : Math.ceil(decades / 4);
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
        for (const mantissa of decades < 1.6 ? [1, 2, 5] : [1]) if (power % every === 0) ticks.push(mantissa * 10 ** power);
      }
    } else {
      const power = 10 ** Math.floor(Math.log10((high - low) / 3));
      const step = [1, 2, 5, 10].map((mantissa) => mantissa * power).find((size) => size >= (high - low) / 3);
      for (let count = Math.ceil(low / step); ticks.length < 8 && count * step <= high; count += 1) ticks.push(count * step);
    }
    return ticks.filter((tick) => tick >= low && tick <= high);
  };
  const tickText = (value, unit) => {
    const { divisor, suffix } = scaleOf(value, unit);
    return digits(value, divisor).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') + suffix;
  };
  const drawTicks = (plot, scale, unit) => {
    for (const tick of ticksOf(scale)) {
      const y = percent(1 - scale.share(tick));
      plot.prepend(element('line', { class: 'grid', x1: 0, x2: '100%', y1: y, y2: y }));
      plot.append(element('text', { class: 'tick', x: -6, y, dy: 4 }, tickText(tick, unit)));
    }
  };
  const drawAxis = (axis, scale, ticks, text) => axis.replaceChildren(...ticks.map((tick) =>
    element('text', { x: percent(scale.share(tick)), y: 11 }, text(tick))));
  const SYMBOLS = { process: 'M-5 0L0-5L5 0L0 5z', third: 'M-4-4H4V4H-4z', fourth: 'M-5 4L0-5L5 4z' };
  const symbol = (name, x, y) => name === 'thread' ? element('circle', { cx: x, cy: y, r: 4 })
    : element('svg', { x, y }, element('path', { d: SYMBOLS[name] }));

  // Reading a history: a line under the pointer or the arrow keys, and what is there.
  const cursors = new Map();
  const cursorOf = (figure) => {
    if (!cursors.has(figure)) {
      const line = element('line', { class: 'cursor', y1: 0, y2: '100%' });
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
    const said = `${commit}: ${value ? interval(value, page.histories[figure.id].unit) : 'no value'}`;
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
    const unit = page.histories[figure.id].unit;
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

  // Charts. The part is two commits of one machine that all its histories show; those of others show what they have
  // between the same commits, or everything.
  const SHARE_MIN = 8; // The fewest pixels that are a choice of a part and not a click.
  const axis = choice.elements.axis;
  const plots = [...document.querySelectorAll('.history')].filter((figure) => page.histories[figure.id]);
  let part = null;
  function windowOf(id) {
    const { machine } = page.histories[id];
    const commits = page.commits[machine];
    const all = [0, commits.length - 1];
    if (!part) return all;
    if (!part.windows.has(machine)) {
      const names = new Set(page.commits[part.machine].slice(part.first, part.last + 1));
      const [first, last] = [commits.findIndex((name) => names.has(name)), commits.findLastIndex((name) => names.has(name))];
      part.windows.set(machine, last > first ? [first, last] : all);
    }
    return part.windows.get(machine);
  }

  const drawHistory = (figure) => {
    hide(figure);
    const { unit, marks } = page.histories[figure.id];
    const [plot, values, [first, last]] = [figure.querySelector('.plot'), valuesOf(figure.id), windowOf(figure.id)];
    const [columns, span, seen] = [new Map(), Math.max(1, last - first), []];
    const width = span < COLUMNS ? WIDTH : COLUMNS;
    for (let at = first; at <= last; at += 1) {
      if (!values[at]) continue;
      const x = Math.floor(((at - first) / span) * width) * (WIDTH / width);
      const [low, center, high] = values[at];
      const column = columns.get(x);
      seen.push(low, high);
      // In each column the ends, so that a spike stays visible.
      if (!column) columns.set(x, [low, center, center, high]);
      else columns.set(x, [Math.min(column[0], low), Math.min(column[1], center), Math.max(column[2], center), Math.max(column[3], high)]);
    }
    const scale = scaleOver(seen, axis.value);
    const y = (value) => Math.round((1 - scale.share(value)) * HEIGHT * 10) / 10;
    const points = [...columns];
    const line = points.map(([x, [, low, high]]) => low === high ? `${x} ${y(low)}` : `${x} ${y(low)}L${x} ${y(high)}`);
    const upper = points.map(([x, column]) => `${x} ${y(column[3])}`);
    const lower = points.map(([x, column]) => `${x} ${y(column[0])}`).reverse();
    plot.replaceChildren(
      element('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', width: '100%', height: '100%' },
        element('path', { class: 'band', d: line.length ? `M${[...upper, ...lower].join('L')}z` : '' }),
        element('path', { class: 'line', d: line.length ? `M${line.join('L')}` : '' })),
      ...marks.filter(({ at }) => at >= first && at <= last).map(({ at, class: name, text }) => {
        const x = percent((at - first) / span);
        return element('g', { class: `mark ${name}` }, element('line', { x1: x, x2: x, y1: 0, y2: '100%' }), element('text', { x, y: 12 }, text));
      }),
      ...(cursors.has(figure) ? [cursors.get(figure).line] : []));
    drawTicks(plot, scale, unit);
    figure.querySelectorAll('.ends span').forEach((end, side) => {
      const name = commitsOf(figure.id)[side ? last : first];
      const cut = name.lastIndexOf(' ');
      [end.children[0].textContent, end.children[1].textContent] = [name.slice(0, cut), name.slice(cut + 1)];
    });
  };

  const PIECES = 16; // Of an ideal line that is straight in factors and bent on a linear axis.
  const drawCurve = (figure) => {
    const { unit, x_unit: xUnit, ideal, lines } = page.curves[figure.id];
    const points = lines.flatMap((line) => line.points);
    const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
    const [start, end] = [xs[0], xs.at(-1)];
    const across = scaleOver(xs, 'factors');
    const scale = scaleOver([...points.flatMap(([, low, , high]) => [low, high]), ...(ideal ? [start, end] : [])], axis.value || 'factors');
    const plot = figure.querySelector('.plot');
    const [x, y] = [(value) => percent(across.share(value)), (value) => percent(1 - scale.share(value))];
    const segment = (name, from, to) => element('line', { class: name, x1: x(from[0]), y1: y(from[1]), x2: x(to[0]), y2: y(to[1]) });
    const straight = Array.from({ length: PIECES + 1 }, (_, piece) => start * (end / start) ** (piece / PIECES));
    plot.replaceChildren(
      ...(ideal ? straight.slice(1).map((to, piece) => segment('ideal', [straight[piece], straight[piece]], [to, to])) : []),
      ...lines.map(({ name, class: look, points: ours }) => element('g', { class: look }, ...ours.map(([at, low, center, high], place) => element('g', {},
        element('title', {}, `${name}, ${at} ${xUnit}: ${interval([low, center, high], unit)}`),
        ...(place ? [segment('line', [ours[place - 1][0], ours[place - 1][2]], [at, center])] : []),
        segment('interval', [at, low], [at, high]),
        symbol(look, x(at), y(center)))))));
    drawTicks(plot, scale, unit);
    // Marks where something was measured, as long as they are few enough to be read.
    const few = xs.length <= 6;
    drawAxis(figure.querySelector('.axis'), across, few ? xs : ticksOf(across), (tick) => few ? String(tick) : tickText(tick, ''));
  };

  // Costs and ratios beside the rows of a table.
  const drawLadder = (figure) => {
    const { unit, rows } = page.ladders[figure.id];
    const axisOf = (column) => figure.querySelector(`thead .${column} .axis`);
    const costs = scaleOver(rows.flatMap(({ marks }) => marks).flatMap(({ cost, lower_bound: bound }) => bound ? [...cost, bound] : cost), 'factors');
    // The interval of a mean of two mechanisms is beyond all others: the bars of means make the axis, and the text has the ends.
    const bars = rows.flatMap(({ ratio, marks }) => ratio ? marks.length ? [ratio[0], ratio[2]] : [ratio[1]] : []);
    const ratios = scaleOver([...bars, 0.8, 1.25], 'factors');
    const draw = (column, scale, of) => {
      if (!axisOf(column)) return;
      drawAxis(axisOf(column), scale, ticksOf(scale), (tick) => tickText(tick, column === 'costs' ? unit : '×'));
      figure.querySelectorAll(`tbody .${column} .marks`).forEach((svg, place) => svg.replaceChildren(...of(rows[place])));
    };
    draw('costs', costs, ({ marks }) => [
      ...ticksOf(costs).map((tick) => element('line', { class: 'grid', x1: percent(costs.share(tick)), x2: percent(costs.share(tick)), y1: 0, y2: '100%' })),
      ...marks.map(({ class: look, cost: [low, center, high], lower_bound: bound, title }) => {
        const y = look === 'thread' ? 9 : 21;
        const at = (value) => percent(costs.share(value));
        return element('g', { class: look }, element('title', {}, title),
          ...(bound ? [element('line', { class: 'bound', x1: at(bound), x2: at(bound), y1: y - 5, y2: y + 5 })] : []),
          element('line', { class: 'interval', x1: at(low), x2: at(high), y1: y, y2: y }), symbol(look, at(center), y));
      })]);
    draw('ratio', ratios, ({ ratio, class: look }) => {
      const even = ratios.share(1);
      const line = element('line', { class: 'even', x1: percent(even), x2: percent(even), y1: 0, y2: '100%' });
      if (!ratio) return [line];
      const [low, center, high] = ratio.map(ratios.share);
      return [line, element('g', { class: look },
        element('rect', { class: 'bar', x: percent(Math.min(even, center)), width: percent(Math.abs(center - even)), y: 9, height: 12 }),
        element('line', { class: 'interval', x1: percent(low), x2: percent(high), y1: 15, y2: 15 }),
        ...[low, high].map((end) => element('line', { class: 'interval', x1: percent(end), x2: percent(end), y1: 11, y2: 19 })))];
    });
  };

  const curves = [...document.querySelectorAll('.curve')];
  const zoom = document.getElementById('zoom');
  const draw = () => {
    plots.forEach(drawHistory);
    zoom.querySelector('[value="0"]').disabled = zoom.querySelector('[value="-"]').disabled = !part;
  };
  const zoomTo = (machine, from, to) => {
    const end = page.commits[machine].length - 1;
    const first = Math.max(0, Math.min(from, end - 1));
    const last = Math.min(end, Math.max(to, first + 1));
    part = first <= 0 && last >= end ? null : { machine, first, last, windows: new Map([[machine, [first, last]]]) };
    const { commits } = page;
    live.textContent = part ? `${commits[machine][first]} to ${commits[machine][last]}` : 'all commits';
    document.getElementById('shown').textContent = part ? `${last - first + 1} of ${end + 1} commits` : '';
    draw();
  };
  const zoomBy = (machine, id, factor, middle) => {
    const [first, last] = windowOf(id);
    const around = middle ?? (first + last) / 2;
    const share = (around - first) / Math.max(1, last - first);
    const span = Math.max(2, (last - first) * factor);
    const from = Math.round(around - span * share);
    const end = page.commits[machine].length - 1;
    const start = Math.max(0, Math.min(from, end - Math.round(span)));
    zoomTo(machine, start, start + Math.round(span));
  };
  const key = (name, figure) => {
    const { id } = figure;
    const { machine } = page.histories[id];
    const middle = cursors.get(figure)?.place ?? null;
    if (name === '+' || name === '=') zoomBy(machine, id, 0.5, middle);
    else if (name === '-') zoomBy(machine, id, 2, middle);
    else if (name === '0' || name === 'Escape') zoomTo(machine, 0, Infinity);
    else return false;
    return true;
  };
  zoom.addEventListener('click', (event) => {
    const { value } = event.target.closest('button') ?? {};
    const figure = plots.find((figure) => part && page.histories[figure.id].machine === part.machine)
      ?? plots.find((figure) => !figure.hidden) ?? plots[0];
    if (value) key(value, figure);
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const plot = plotOf(event);
    if (plot ? key(event.key, plot.closest('figure')) : event.key === 'Escape' && part && !event.target.closest('input, select') && key('0', plots[0])) {
      event.preventDefault();
    }
  });
  document.addEventListener('wheel', (event) => {
    const plot = plotOf(event);
    // A wheel alone scrolls the page.
    if (!plot || !event.shiftKey) return;
    event.preventDefault();
    key((event.deltaY || event.deltaX) < 0 ? '+' : '-', plot.closest('figure'));
  }, { passive: false });

  let drag = null;
  document.addEventListener('pointerdown', (event) => {
    const plot = plotOf(event);
    if (!plot || event.button !== 0) return;
    drag = { plot, figure: plot.closest('figure'), box: plot.getBoundingClientRect(), from: event.clientX, to: event.clientX };
    drag.mark = element('rect', { class: 'part', y: 0, height: '100%' });
    plot.append(drag.mark);
  });
  document.addEventListener('pointermove', (event) => {
    if (!drag) return;
    const { box, mark, from } = drag;
    drag.to = Math.max(box.left, Math.min(box.right, event.clientX));
    mark.setAttribute('x', Math.min(from, drag.to) - box.left);
    mark.setAttribute('width', Math.abs(drag.to - from));
  });
  const drop = (event) => {
    if (!drag) return;
    const { figure, box, mark, from, to } = drag;
    drag = null;
    mark.remove();
    if (event.type === 'pointercancel' || Math.abs(to - from) < SHARE_MIN) return;
    const [first, last] = windowOf(figure.id);
    const place = (x) => Math.round(first + ((x - box.left) / box.width) * (last - first));
    zoomTo(page.histories[figure.id].machine, place(Math.min(from, to)), place(Math.max(from, to)));
  };
  document.addEventListener('pointerup', drop);
  document.addEventListener('pointercancel', drop);
  axis.addEventListener('change', () => {
    draw();
    curves.forEach(drawCurve);
  });
  zoom.hidden = plots.length === 0;
  draw();
  curves.forEach(drawCurve);
  Object.keys(page.ladders).map((id) => document.getElementById(id)).forEach(drawLadder);
  addEventListener('hashchange', follow);
  if (location.hash) follow();
})();
