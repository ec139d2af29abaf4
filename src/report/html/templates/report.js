'use strict';
(() => {
  const page = JSON.parse(document.getElementById('data').textContent);
  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const digit = new Map([...DIGITS].map((letter, value) => [letter, value]));
  const [CENTER_STEPS, REACH_STEPS] = [4095, 511];
  const live = document.getElementById('live');
  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // Numbers: three digits in the unit that suits them, as everywhere in the page.
  const ladder = (by, names) => names.split(' ').map((name, at) => [name, by ** at]);
  const UNITS = { __proto__: null, ns: ladder(1e3, 'ns µs ms s'), KiB: ladder(1024, 'KiB MiB GiB'), B: ladder(1024, 'B KiB MiB GiB') };
  const round = (value) => Number(value.toPrecision(3));
  const scaleOf = (value, unit) => {
    if (unit === '×' || unit === '%') return { divisor: 1, suffix: unit === '%' ? ' %' : unit };
    const [base, per] = unit.split('/');
    const steps = UNITS[base] || ladder(1e3, ' k M G');
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
  const change = (value, base) => base > 0 ? `${value >= base ? '+' : '−'}${Math.abs((value / base - 1) * 100).toFixed(1)} %` : '';

  // The values of a series are unpacked when they are first asked for.
  const unpacked = new Map();
  const valuesOf = (series) => {
    if (!unpacked.has(series)) {
      const { low, high, reach, by_factors: byFactors, points } = page.histories[series];
      const number = (from, count) => [...points.slice(from, from + count)].reduce((sum, letter) => sum * 64 + digit.get(letter), 0);
      const values = [];
      for (let at = 0; at < points.length;) {
        if (points[at] === '~') {
          values.push(null);
          at += 1;
          continue;
        }
        const share = number(at, 2) / CENTER_STEPS;
        const center = byFactors ? low * (high / low) ** share : low + (high - low) * share;
        const reaches = reach > 0 ? number(at + 2, 3) : 0;
        const [below, above] = [reaches >> 9, reaches & 511].map((steps) => (steps / REACH_STEPS) * reach);
        values.push(byFactors ? [center / Math.exp(below), center, center * Math.exp(above)] : [center - below, center, center + above]);
        at += reach > 0 ? 5 : 2;
      }
      unpacked.set(series, values);
    }
    return unpacked.get(series);
  };
  const commitsOf = (series) => page.commits[page.histories[series].machine];
  const commitLink = (name) => {
    const cut = name.indexOf(' ');
    const [id, day] = [name.slice(0, cut), name.slice(cut + 1)];
    const code = make('code', {}, id);
    return [page.commit_address ? make('a', { href: page.commit_address + encodeURIComponent(id) }, code) : code, ` ${day}`];
  };

  // The one engine of all charts: places are in per cent of an axis, whatever its width.
  const SVG = 'http://www.w3.org/2000/svg';
  const SPAN_MIN = 0.05; // The narrowest span around the middle, to either side: less, and noise looks like drama.
  const FACTORS_FROM = 20; // From this ratio of the ends on, an axis is logarithmic by itself.
  const TICKS = 5; // As near to so many as round numbers allow.
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
    const candidates = [];
    const within = (ticks) => ticks.filter((tick) => tick >= low && tick <= high);
    if (isLog) {
      const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
      const powers = Array.from({ length: last - first + 1 }, (_, place) => first + place);
      for (const every of [5, 4, 3, 2]) candidates.push(within(powers.filter((power) => power % every === 0).map((power) => 10 ** power)));
      for (const mantissas of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]) {
        candidates.push(within(powers.flatMap((power) => mantissas.map((mantissa) => Number(`${mantissa}e${power}`)))));
      }
    }
    if (!isLog || high / low < 4) {
      const size = 10 ** Math.floor(Math.log10(high - low));
      for (const part of [5, 2.5, 2, 1, 0.5, 0.25, 0.2]) {
        const step = size * part;
        const count = Math.floor(high / step) - Math.ceil(low / step) + 1;
        candidates.push(within(Array.from({ length: Math.min(count, 99) }, (_, place) => (Math.ceil(low / step) + place) * step)));
      }
    }
    const far = (ticks) => Math.abs(ticks.length - TICKS);
    return candidates.reduce((best, ticks) => far(ticks) < far(best) ? ticks : best);
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
  const symbol = (look, x, y) => look.startsWith('thread') ? element('circle', { cx: x, cy: y, r: 4 })
    : element('svg', { x, y }, element('path', { d: SYMBOLS[look.split(' ')[0]] || SYMBOLS.fourth }));

  // A line over commits and its band: the ends in each column, so that spikes stay visible.
  const pathsOf = (values, [first, last], [width, height, most], scale) => {
    const [columns, span] = [new Map(), Math.max(1, last - first)];
    const count = span < most ? width : most;
    for (let at = first; at <= last; at += 1) {
      if (!values[at]) continue;
      const x = Math.floor(((at - first) / span) * count) * (width / count);
      const [low, center, high] = values[at];
      const column = columns.get(x);
      if (!column) columns.set(x, [low, center, center, high]);
      else columns.set(x, [Math.min(column[0], low), Math.min(column[1], center), Math.max(column[2], center), Math.max(column[3], high)]);
    }
    const y = (value) => Math.round((1 - scale.share(value)) * height * 10) / 10;
    const points = [...columns];
    const line = points.map(([x, [, low, high]]) => low === high ? `${x} ${y(low)}` : `${x} ${y(low)}L${x} ${y(high)}`);
    const band = [...points.map(([x, column]) => `${x} ${y(column[3])}`), ...points.map(([x, column]) => `${x} ${y(column[0])}`).reverse()];
    return { line: line.length ? `M${line.join('L')}` : '', band: band.length ? `M${band.join('L')}z` : '' };
  };
  const canvas = ([width, height], ...children) =>
    element('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', width: '100%', height: '100%' }, ...children);

  // Choices: they are kept in the address, so that a link shows what its sender saw.
  const choice = document.getElementById('choice');
  const cards = [...document.querySelectorAll('details.series')];
  const numbers = new Map(cards.map((card, number) => [card, number]));
  const OPENED_MAX = 60; // Series of a topic that is open from the start.
  const CHOICES = ['search', 'topic', 'metric', 'machine', 'axis'];
  const axis = choice?.elements.axis;
  let part = null; // Two commits of one machine between which all histories are shown.
  const windowOf = (series) => {
    const { machine } = page.histories[series];
    const commits = page.commits[machine];
    const all = [0, commits.length - 1];
    if (!part) return all;
    if (!part.windows.has(machine)) {
      const names = new Set(page.commits[part.machine].slice(part.first, part.last + 1));
      const [first, last] = [commits.findIndex((name) => names.has(name)), commits.findLastIndex((name) => names.has(name))];
      part.windows.set(machine, last > first ? [first, last] : all);
    }
    return part.windows.get(machine);
  };
  const setPart = (machine, from, to) => {
    const end = page.commits[machine].length - 1;
    const first = Math.max(0, Math.min(from, end - 1));
    const last = Math.min(end, Math.max(to, first + 1));
    part = first <= 0 && last >= end ? null : { machine, first, last, windows: new Map([[machine, [first, last]]]) };
    document.getElementById('shown').textContent = part ? `${last - first + 1} of ${end + 1} commits` : '';
    for (const button of document.querySelectorAll('#zoom [value="0"], #zoom [value="-"]')) button.disabled = !part;
  };
  const idOf = (name) => name.split(' ')[0];
  const remember = (target) => {
    const words = new URLSearchParams();
    for (const name of CHOICES) if (choice?.elements[name].value) words.set(name, choice.elements[name].value);
    if (part) {
      const commits = page.commits[part.machine];
      words.set('from', idOf(commits[part.first]));
      words.set('to', idOf(commits[part.last]));
    }
    const text = words.toString();
    const address = `#${target ?? location.hash.slice(1).split('?')[0]}${text && '?' + text}`;
    if (address !== location.hash && address + location.hash !== '#') history.replaceState(null, '', address);
  };
  const recall = (words) => {
    for (const name of CHOICES) {
      const field = choice?.elements[name];
      if (field) field.value = words.get(name) ?? '';
      if (field?.selectedIndex === -1) field.value = '';
    }
    const [from, to] = [words.get('from'), words.get('to')];
    const machine = page.commits.findIndex((commits) => from && commits.some((name) => idOf(name) === from) && commits.some((name) => idOf(name) === to));
    if (machine >= 0) setPart(machine, ...[from, to].map((id) => page.commits[machine].findIndex((name) => idOf(name) === id)));
  };

  // A series is shown when every word is in its name and every choice is its own.
  const choose = () => {
    if (!choice) return;
    const value = (name) => choice.elements[name].value;
    const words = value('search').toLowerCase().split(/\s+/).filter(Boolean);
    const some = words.length > 0 || ['topic', 'metric', 'machine'].some(value);
    let shown = 0;
    for (const topic of document.querySelectorAll('details.topic')) {
      let here = 0;
      for (const card of topic.querySelectorAll('details.series')) {
        const machine = page.histories[numbers.get(card)].machine;
        const metric = card.dataset.metric ?? 'wall_time'; // that of most cards
        const text = `${card.querySelector('bdi').textContent} ${metric} ${metric.replaceAll('_', ' ')} ${topic.dataset.topic}`.toLowerCase();
        const fits = (name, own) => !value(name) || value(name) === own;
        card.hidden = !(words.every((word) => text.includes(word)) && fits('topic', topic.dataset.topic)
          && fits('metric', metric) && fits('machine', choice.elements.machine.options[machine + 1]?.value));
        here += card.hidden ? 0 : 1;
      }
      shown += here;
      topic.hidden = here === 0;
      // What was found is opened, and closed again with the last choice.
      if (some && here && !topic.open) topic.open = topic.dataset.found = true;
      else if (!some && topic.dataset.found) topic.open = delete topic.dataset.found && false;
    }
    const what = words.length ? ` “${value('search').trim()}”` : ' the choice';
    document.getElementById('chosen').textContent = !some ? '' : shown ? `${shown} of ${cards.length} series match${what}` : `None of ${cards.length} series matches${what}.`;
    document.getElementById('clear').hidden = !some;
  };

  // The chart of a history is made when its card is opened, and anew with every choice.
  const [SPARK, PLOT] = [[160, 28, 80], [640, 160, 320]];
  const opened = new Map();
  const drawSpark = (card) => {
    const values = valuesOf(numbers.get(card));
    if (values.filter(Boolean).length < 2 || card.querySelector('.spark')) return;
    const scale = scaleOver(values.filter(Boolean).map(([, center]) => center), '');
    const { line } = pathsOf(values, [0, values.length - 1], SPARK, scale);
    const spark = element('svg', { class: 'spark', 'aria-hidden': 'true' }, canvas(SPARK, element('path', { class: 'line', d: line })));
    for (const { at, class: look } of page.histories[numbers.get(card)].marks ?? []) {
      const x = percent(at / Math.max(1, values.length - 1));
      spark.append(element('line', { class: look, x1: x, x2: x, y1: 0, y2: '100%' }));
    }
    card.querySelector('summary').append(spark);
  };
  // The samples of the newest runs: 10 to 90 % as a line, the middle half as a box.
  const boxesOf = ({ unit, boxes = [] }) => {
    const scale = scaleOver(boxes.flatMap(({ ends }) => ends), '');
    const rows = boxes.map(({ run, ends }) => {
      const [from, low, middle, , to] = ends.map((end) => percent(scale.share(end)));
      const width = percent(scale.share(ends[3]) - scale.share(ends[1]));
      return make('div', { class: 'work' }, make('span', {}, page.runs[run]), make('b', {}, interval([ends[0], ends[2], ends[4]], unit)),
        make('div', { class: 'ratio' }, element('svg', { class: 'marks thread', 'aria-hidden': 'true' },
          element('rect', { class: 'bar', x: low, width, y: 7, height: 14 }),
          element('line', { class: 'interval', x1: from, x2: to, y1: 14, y2: 14 }),
          element('line', { class: 'interval', x1: middle, x2: middle, y1: 7, y2: 21 }))));
    });
    return rows.length ? [make('div', { class: 'boxes' }, make('p', { class: 'quiet' },
      'All samples of the newest runs: the median, the middle half as a box, and 10 to 90 %.'), ...rows)] : [];
  };
  const openCard = (card) => {
    const series = numbers.get(card);
    if (opened.has(card) || card.querySelector('.boxes, .alone')) return;
    const boxes = boxesOf(page.histories[series]);
    if (valuesOf(series).filter(Boolean).length < 2) {
      card.append(make('p', { class: 'quiet alone' }, 'One value: a chart needs two.'), ...boxes);
      return;
    }
    const name = card.querySelector('bdi').textContent;
    const chart = {
      plot: element('svg', { class: 'plot', role: 'img', tabindex: 0, 'aria-label': `${name} over commits: ${card.querySelector('b').textContent}; arrow keys read the values` }),
      days: element('svg', { class: 'axis days', 'aria-hidden': 'true' }),
      reading: make('p', { class: 'reading' }, 'Point at the chart, or use the arrow keys on it, to read a commit; drag to zoom.'),
      cursor: element('line', { class: 'cursor', y1: 0, y2: '100%', visibility: 'hidden' }),
      at: null,
    };
    const { detectable } = page.histories[series];
    const table = make('details', { class: 'values' }, make('summary', {}, 'values as a table'));
    card.append(make('div', { class: 'chart' }, chart.plot, chart.days, chart.reading,
      ...(detectable === undefined ? [] : [make('p', { class: 'quiet' }, `A change of ${detectable} % or more would be found.`)]), ...boxes, table));
    opened.set(card, chart);
    drawHistory(card);
  };
  const baseOf = (values) => values.find(Boolean)?.[1] ?? 0;
  const drawHistory = (card) => {
    const [series, { plot, days, cursor }] = [numbers.get(card), opened.get(card)];
    const [{ unit, marks = [] }, all, range] = [page.histories[series], valuesOf(series), windowOf(series)];
    const [first, last] = range;
    const base = baseOf(all);
    const inShare = axis.value === 'share' && base > 0;
    const values = inShare ? all.map((value) => value && value.map((end) => (end / base) * 100)) : all;
    const seen = values.slice(first, last + 1).filter(Boolean).flatMap(([low, , high]) => [low, high]);
    const scale = scaleOver(seen, inShare ? 'steps' : axis.value);
    const { line, band } = pathsOf(values, range, PLOT, scale);
    const share = (at) => (at - first) / Math.max(1, last - first);
    plot.replaceChildren(canvas(PLOT, element('path', { class: 'band', d: band }), element('path', { class: 'line', d: line })),
      ...marks.filter(({ at }) => at >= first && at <= last).map(({ at, class: look, text }) => element('g', { class: `mark ${look}` },
        element('line', { x1: percent(share(at)), x2: percent(share(at)), y1: 0, y2: '100%' }),
        element('text', { x: percent(share(at)), y: 12, class: share(at) > 0.9 ? 'end' : share(at) < 0.1 ? 'start' : '' }, text))), cursor);
    drawTicks(plot, scale, inShare ? '%' : unit);
    const commits = commitsOf(series);
    const count = Math.min(last - first + 1, plot.clientWidth > 560 ? 6 : 4);
    const places = Array.from({ length: count }, (_, tick) => Math.round(first + (tick / Math.max(1, count - 1)) * (last - first)));
    const [shortId, dayOf] = [(at) => idOf(commits[at]).slice(0, 7), (at) => commits[at].split(' ')[1] ?? ''];
    // Commits of one day, or of none, have their names below them.
    const below = dayOf(first) === dayOf(last) ? shortId : dayOf;
    days.replaceChildren(...places.filter((at, tick) => !tick || below(at) !== below(places[tick - 1])).map((at) =>
      element('text', { x: percent(share(at)), y: 11, class: at === first ? 'start' : at === last ? 'end' : '' }, below(at))));
  };
  const redraw = () => [...opened.keys()].forEach(drawHistory);

  // Reading a history: a line under the pointer or arrow keys, below it what is there.
  const said = (series, at) => {
    const [values, unit] = [valuesOf(series), page.histories[series].unit];
    if (!values[at]) return 'no value';
    const before = values.slice(0, at).findLast(Boolean);
    const known = before?.[1] > 0 && baseOf(values) > 0;
    const changes = known ? `, ${change(values[at][1], before[1])} to the commit before, ${change(values[at][1], baseOf(values))} to the first` : '';
    return `${interval(values[at], unit)}${changes}`;
  };
  const show = (card, at, aloud) => {
    const [series, chart] = [numbers.get(card), opened.get(card)];
    const [first, last] = windowOf(series);
    const x = percent((at - first) / Math.max(1, last - first));
    chart.at = at;
    chart.cursor.setAttribute('visibility', 'visible');
    chart.cursor.setAttribute('x1', x);
    chart.cursor.setAttribute('x2', x);
    const name = commitsOf(series)[at];
    chart.reading.replaceChildren(...commitLink(name), `: ${said(series, at)}`);
    if (aloud) live.textContent = `${name}: ${said(series, at)}`;
  };
  const plotOf = (event) => event.target.closest?.('.series .plot');
  const cardOf = (plot) => plot.closest('details.series');
  const move = (card, key) => {
    const [series, here] = [numbers.get(card), opened.get(card).at];
    const [values, [first, last]] = [valuesOf(series), windowOf(series)];
    const seek = (start, step) => {
      let at = start;
      while (at >= first && at <= last && !values[at]) at += step;
      return at >= first && at <= last ? at : here;
    };
    if (key === 'Home') return seek(first, 1);
    if (key === 'End') return seek(last, -1);
    if (key === 'ArrowLeft') return seek(here === null ? last : here - 1, -1);
    if (key === 'ArrowRight') return seek(here === null ? first : here + 1, 1);
    return null;
  };

  // Zoom: by a drag, by keys, by buttons, and by shift and the wheel.
  const SHARE_MIN = 8; // The fewest pixels that are a choice of a part and not a click.
  const zoomTo = (machine, from, to) => {
    setPart(machine, from, to);
    const commits = page.commits[machine];
    live.textContent = part ? `${commits[part.first]} to ${commits[part.last]}` : 'all commits';
    redraw();
    remember();
  };
  const zoomBy = (series, factor, middle) => {
    const { machine } = page.histories[series];
    const [first, last] = windowOf(series);
    const around = middle ?? (first + last) / 2;
    const share = (around - first) / Math.max(1, last - first);
    const span = Math.max(1, (last - first) * factor); // Two commits are the least that are shown.
    const end = page.commits[machine].length - 1;
    const start = Math.max(0, Math.min(Math.round(around - span * share), end - Math.round(span)));
    zoomTo(machine, start, start + Math.round(span));
  };
  const zoomKey = (key, series, middle) => {
    if (key === '+' || key === '=') zoomBy(series, 0.5, middle);
    else if (key === '-') zoomBy(series, 2, middle);
    else if (key === '0' || key === 'Escape') zoomTo(page.histories[series].machine, 0, Infinity);
    else return false;
    return true;
  };
  document.getElementById('zoom')?.addEventListener('click', (event) => {
    const { value } = event.target.closest('button') ?? {};
    const seen = part ? page.histories.findIndex(({ machine }) => machine === part.machine) : numbers.get([...opened.keys()].at(-1)) ?? 0;
    if (value) zoomKey(value, seen, null);
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const plot = plotOf(event);
    const typing = event.target.closest?.('input, select');
    if (plot) {
      const card = cardOf(plot);
      const at = move(card, event.key);
      if (at !== null) show(card, at, true);
      else if (!zoomKey(event.key, numbers.get(card), opened.get(card).at)) return;
    } else if (event.key === '/' && !typing && choice) choice.elements.search.focus();
    else if (event.key === 'Escape' && part && !typing) zoomTo(part.machine, 0, Infinity);
    else return;
    event.preventDefault();
  });
  document.addEventListener('wheel', (event) => {
    const plot = plotOf(event);
    // A wheel alone scrolls the page.
    if (!plot || !event.shiftKey) return;
    event.preventDefault();
    zoomKey((event.deltaY || event.deltaX) < 0 ? '+' : '-', numbers.get(cardOf(plot)), opened.get(cardOf(plot)).at);
  }, { passive: false });
  let drag = null;
  document.addEventListener('pointerdown', (event) => {
    const plot = plotOf(event);
    if (!plot || event.button !== 0) return;
    drag = { plot, box: plot.getBoundingClientRect(), from: event.clientX, to: event.clientX };
    drag.mark = element('rect', { class: 'part', y: 0, height: '100%' });
    plot.append(drag.mark);
  });
  document.addEventListener('pointermove', (event) => {
    if (drag) {
      const { box, mark, from } = drag;
      drag.to = Math.max(box.left, Math.min(box.right, event.clientX));
      mark.setAttribute('x', Math.min(from, drag.to) - box.left);
      mark.setAttribute('width', Math.abs(drag.to - from));
    }
    const plot = plotOf(event);
    if (!plot) return;
    const box = plot.getBoundingClientRect();
    const [first, last] = windowOf(numbers.get(cardOf(plot)));
    const at = first + Math.round(((event.clientX - box.left) / box.width) * (last - first));
    show(cardOf(plot), Math.max(first, Math.min(last, at)), false);
  });
  const drop = (event) => {
    if (!drag) return;
    const { plot, box, mark, from, to } = drag;
    drag = null;
    mark.remove();
    if (event.type === 'pointercancel' || Math.abs(to - from) < SHARE_MIN) return;
    const series = numbers.get(cardOf(plot));
    const [first, last] = windowOf(series);
    const at = (x) => Math.round(first + ((x - box.left) / box.width) * (last - first));
    zoomTo(page.histories[series].machine, at(Math.min(from, to)), at(Math.max(from, to)));
  };
  document.addEventListener('pointerup', drop);
  document.addEventListener('pointercancel', drop);

  // A card shows its chart once it is opened, and the table of a chart its values.
  const fillTable = (details) => {
    const series = numbers.get(details.closest('details.series'));
    const values = valuesOf(series);
    const head = make('thead', {}, make('tr', {}, ...['commit', 'value', 'to the commit before', 'to the first'].map((name, column) =>
      make('th', { scope: 'col', class: column ? 'number' : 'text' }, name))));
    let before = null;
    const rows = values.map((value, at) => {
      if (!value) return null;
      const changes = before ? [change(value[1], before[1]), change(value[1], baseOf(values))] : ['', ''];
      before = value;
      return make('tr', {}, make('td', { class: 'name' }, ...commitLink(commitsOf(series)[at])),
        ...[interval(value, page.histories[series].unit), ...changes].map((text) => make('td', { class: 'number' }, text)));
    });
    const body = make('tbody', {}, ...rows.filter(Boolean).reverse());
    details.append(make('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': 'Values' }, make('table', {}, head, body)));
  };
  document.addEventListener('toggle', (event) => {
    const details = event.target;
    if (!details.open) return;
    if (details.matches('details.series')) {
      openCard(details);
      if (!part && !location.hash.startsWith(`#${details.id}`)) remember(details.id);
    }
    if (details.matches('details.values') && !details.querySelector('table')) fillTable(details);
  }, true);

  const PIECES = 16; // Of an ideal line that is straight in factors and bent on a linear axis.
  const drawCurve = (figure) => {
    const { unit, x_unit: xUnit, ideal, lines } = page.curves[figure.id];
    const points = lines.flatMap((line) => line.points);
    const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
    const [start, end] = [xs[0], xs.at(-1)];
    const across = scaleOver(xs, 'factors');
    const wanted = axis?.value === 'steps' ? 'steps' : 'factors';
    const scale = scaleOver([...points.flatMap(([, low, , high]) => [low, high]), ...(ideal ? [start, end] : [])], wanted);
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

  // Costs and ratios beside the rows of a table or of cards, all on the same axes.
  const drawRows = (figure) => {
    const { unit, rows } = page.rows[figure.id];
    const draw = (column, scale, of) => {
      const [ticks, head] = [ticksOf(scale), figure.querySelector(`thead .${column} .axis`)];
      if (head) drawAxis(head, scale, ticks, (tick) => tickText(tick, column === 'costs' ? unit : '×'));
      figure.querySelectorAll(`.${column} .marks`).forEach((svg, row) => svg.replaceChildren(...of(rows[row], ticks)));
    };
    const upright = (name, x) => element('line', { class: name, x1: percent(x), x2: percent(x), y1: 0, y2: '100%' });
    const costs = scaleOver(rows.flatMap(({ marks }) => marks).flatMap(({ cost, lower_bound: bound }) => bound ? [...cost, bound] : cost), 'factors');
    draw('costs', costs, ({ marks }, ticks) => [...ticks.map((tick) => upright('grid', costs.share(tick))),
      ...marks.map(({ class: look, cost: [low, center, high], lower_bound: bound, title }, place) => {
        const y = Math.round((30 * (place + 1)) / (marks.length + 1));
        const at = (value) => percent(costs.share(value));
        return element('g', { class: look }, element('title', {}, title),
          ...(bound ? [element('line', { class: 'way', x1: at(bound), x2: at(center), y1: y, y2: y }), element('line', { class: 'bound', x1: at(bound), x2: at(bound), y1: y - 5, y2: y + 5 })] : []),
          element('line', { class: 'interval', x1: at(low), x2: at(high), y1: y, y2: y }), symbol(look, at(center), y));
      })]);
    // The interval of two mechanisms is beyond all others: bars of means make the axis, the text has its ends.
    const bars = rows.flatMap(({ ratio, marks }) => ratio ? marks.length || figure.matches('.cards') ? [ratio[0], ratio[2]] : [ratio[1]] : []);
    // In an answer the even line is in the middle, between threads and processes.
    const mirrored = figure.matches('.cards') ? bars.map((end) => 1 / end) : [];
    const ratios = scaleOver([...bars, ...mirrored, 0.8, 1.25], 'factors');
    draw('ratio', ratios, ({ ratio, class: look }) => {
      const even = ratios.share(1);
      if (!ratio) return [upright('even', even)];
      const [low, center, high] = ratio.map(ratios.share);
      return [upright('even', even), element('g', { class: look },
        element('rect', { class: 'bar', x: percent(Math.min(even, center)), width: percent(Math.abs(center - even)), y: 9, height: 12 }),
        element('line', { class: 'interval', x1: percent(low), x2: percent(high), y1: 15, y2: 15 }),
        ...[low, high].map((end) => element('line', { class: 'interval', x1: percent(end), x2: percent(end), y1: 11, y2: 19 })))];
    });
  };

  // Everything is drawn when it comes into view, and once.
  const DRAWN = [['details.series', drawSpark], ['figure.curve', drawCurve], ['figure.rows', drawRows]];
  const drawn = new Set();
  const draw = (target) => {
    if (drawn.has(target)) return;
    drawn.add(target);
    DRAWN.find(([selector]) => target.matches(selector))[1](target);
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) draw(target);
  }, { rootMargin: '300px' });
  const watched = DRAWN.flatMap(([selector]) => [...document.querySelectorAll(selector)]);
  watched.forEach((target) => watcher.observe(target));
  addEventListener('beforeprint', () => watched.filter((target) => target.checkVisibility()).forEach(draw));

  // An address that names a place shows it, whatever was chosen before.
  const follow = () => {
    const [id, words] = location.hash.slice(1).split('?');
    if (words !== undefined) recall(new URLSearchParams(words));
    choose();
    const target = id && document.getElementById(id);
    if (target) {
      if (target.closest('[hidden]')) {
        recall(new URLSearchParams());
        choose();
      }
      for (let around = target; around; around = around.parentElement?.closest('details')) if (around.matches('details')) around.open = true;
      target.scrollIntoView();
      // Charts that come into view take their real size, which moves the target.
      requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView()));
    }
    redraw();
    remember(id);
  };
  if (choice) {
    const chosen = () => {
      choose();
      remember();
    };
    choice.hidden = false;
    choice.addEventListener('input', chosen);
    choice.addEventListener('submit', (event) => event.preventDefault());
    document.getElementById('clear').addEventListener('click', () => {
      recall(new URLSearchParams({ axis: axis.value }));
      chosen();
      choice.elements.search.focus();
    });
    axis.addEventListener('change', () => {
      redraw();
      [...drawn].filter((target) => target.matches('figure.curve')).forEach(drawCurve);
    });
    document.getElementById('zoom').hidden = page.commits.every((commits) => commits.length < 3);
  }
  // Where there is room, charts are open, and the first topic shows what others have, unless it hides them.
  if (innerWidth > 832) {
    for (const details of document.querySelectorAll('.part-of')) details.open = true;
    const first = document.querySelector('.topic');
    const isShort = first?.querySelectorAll('.series').length <= OPENED_MAX;
    if (isShort && !location.hash.includes('?') && page.commits.some((commits) => commits.length > 1)) first.open = true;
  }
  addEventListener('hashchange', follow);
  if (location.hash) follow();

  // The theme of the system, unless the reader chooses one.
  const theme = document.getElementById('theme');
  const paint = (value) => value ? document.documentElement.setAttribute('data-theme', value) : document.documentElement.removeAttribute('data-theme');
  try {
    theme.value = localStorage.getItem('parcost-theme') ?? '';
  } catch { /* Where nothing can be kept, the choice lasts as long as the page. */ }
  paint(theme.value);
  theme.closest('label').hidden = false;
  theme.addEventListener('change', () => {
    paint(theme.value);
    try {
      localStorage.setItem('parcost-theme', theme.value);
    } catch { /* As above. */ }
  });
})();
