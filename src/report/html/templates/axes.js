
  // Axes: the part of the history that all its charts show, and whether values stand in factors or in equal steps.
  const SHARE_MIN = 8; // The fewest pixels that are a choice of a part and not a click.
  const SPAN_MIN = 0.05; // As where the page was drawn: less around the middle, and noise looks like drama.
  const FACTORS_FROM = 20; // From this ratio of the ends on, an axis counts in factors by itself.
  const [WIDTH, HEIGHT, COLUMNS] = [640, 160, 320];
  const axis = choice.elements.axis;
  const plots = [...document.querySelectorAll('.history')].filter((figure) => page.charts[figure.id]);
  const curves = [...document.querySelectorAll('.curve')];
  const drawn = new Map();
  let part = null;

  // The part is two commits of one machine; others show what they have between the same commits, or everything.
  const windowOf = (id) => {
    const { machine } = page.charts[id];
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

  const scaleAround = (values, wanted) => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (low > high) [low, high] = [0, 1];
    const byFactors = low > 0 && (wanted === 'factors' || (wanted === '' && high / low >= FACTORS_FROM));
    if (byFactors) {
      const air = Math.max((high / low) ** 0.04, 1 + SPAN_MIN);
      [low, high] = [low / air, high * air];
    } else {
      const middle = (low + high) / 2;
      const reach = Math.max((high - low) * 0.55, Math.abs(middle) * SPAN_MIN, Number.MIN_VALUE);
      [low, high] = [low >= 0 ? Math.max(0, middle - reach) : middle - reach, middle + reach];
    }
    const share = (value) => byFactors ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return { low, high, byFactors, share };
  };
  const marksOf = ({ low, high, byFactors }) => {
    const decades = byFactors ? Math.log10(high / low) : 0;
    const marks = [];
    if (decades >= 0.5) {
      const every = decades < 6 ? 1 : Math.ceil(decades / 4);
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
        for (const mantissa of decades < 1.6 ? [1, 2, 5] : [1]) if (power % every === 0) marks.push(mantissa * 10 ** power);
      }
    } else {
      const power = 10 ** Math.floor(Math.log10((high - low) / 3));
      const step = [1, 2, 5, 10].map((mantissa) => mantissa * power).find((size) => size >= (high - low) / 3);
      for (let place = Math.ceil(low / step); marks.length < 8 && place * step <= high; place += 1) marks.push(place * step);
    }
    return marks.filter((mark) => mark >= low && mark <= high);
  };
  const markText = (value, unit) => {
    const { divisor, suffix } = scaleOf(value, unit);
    return digits(value, divisor).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') + suffix;
  };
  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  };
  const percent = (share) => `${(share * 100).toFixed(2)}%`;
  const drawMarks = (plot, scale, unit) => {
    for (const mark of plot.querySelectorAll('.grid, .tick')) mark.remove();
    for (const mark of marksOf(scale)) {
      const y = percent(1 - scale.share(mark));
      plot.prepend(element('line', { class: 'grid', x1: 0, x2: '100%', y1: y, y2: y }));
      plot.append(element('text', { class: 'tick', x: -6, y, dy: 4 }, markText(mark, unit)));
    }
  };
  // What was there before the first change of a figure comes back as it was.
  const original = (figure) => {
    const plot = figure.querySelector('.plot');
    if (!drawn.has(figure)) drawn.set(figure, [[...plot.childNodes].filter((node) => node.classList?.contains('cursor') !== true)
      .map((node) => node.cloneNode(true)), figure.querySelector('.ends')?.cloneNode(true)]);
    const [nodes, ends] = drawn.get(figure);
    const cursor = plot.querySelector('.cursor');
    plot.replaceChildren(...nodes.map((node) => node.cloneNode(true)), ...(cursor ? [cursor] : []));
    if (ends) figure.querySelector('.ends').replaceChildren(...ends.cloneNode(true).childNodes);
    return plot;
  };

  const drawHistory = (figure) => {
    hide(figure);
    if (!part && !axis.value && !drawn.has(figure)) return;
    const plot = original(figure);
    if (!part && !axis.value) return;
    const [first, last] = windowOf(figure.id);
    const values = valuesOf(figure.id);
    const columns = new Map();
    const [span, seen] = [Math.max(1, last - first), []];
    for (let place = first; place <= last; place += 1) {
      if (!values[place]) continue;
      const x = Math.floor(Math.floor(((place - first) / span) * (span < COLUMNS ? WIDTH : COLUMNS)) * (span < COLUMNS ? 1 : WIDTH / COLUMNS));
      const [low, center, high] = values[place];
      const column = columns.get(x);
      seen.push(low, high);
      if (!column) columns.set(x, [low, center, center, high]);
      else columns.set(x, [Math.min(column[0], low), Math.min(column[1], center), Math.max(column[2], center), Math.max(column[3], high)]);
    }
    const scale = scaleAround(seen, axis.value);
    const y = (value) => Math.round((1 - scale.share(value)) * HEIGHT * 10) / 10;
    const points = [...columns];
    const line = points.map(([x, [, low, high]]) => low === high ? `${x} ${y(low)}` : `${x} ${y(low)}L${x} ${y(high)}`);
    const upper = points.map(([x, column]) => `${x} ${y(column[3])}`);
    const lower = points.map(([x, column]) => `${x} ${y(column[0])}`).reverse();
    plot.querySelector('path.line').setAttribute('d', line.length ? `M${line.join('L')}` : '');
    plot.querySelector('.band').setAttribute('d', line.length ? `M${[...upper, ...lower].join('L')}z` : '');
    const whole = Math.max(1, values.length - 1);
    for (const change of plot.querySelectorAll('.change')) {
      const [mark, text] = change.children;
      const share = ((Number.parseFloat(mark.getAttribute('x1')) / 100) * whole - first) / span;
      if (share < -0.0001 || share > 1.0001) change.remove();
      for (const [node, key] of [[mark, 'x1'], [mark, 'x2'], [text, 'x']]) node.setAttribute(key, percent(share));
    }
    drawMarks(plot, scale, page.charts[figure.id].unit);
    figure.querySelectorAll('.ends span').forEach((end, place) => {
      const name = commitsOf(figure.id)[place ? last : first];
      const cut = name.lastIndexOf(' ');
      [end.children[0].textContent, end.children[1].textContent] = [name.slice(0, cut), name.slice(cut + 1)];
    });
  };

  // A curve's heights are read back from where they stand, and put where they belong on the other axis.
  const drawCurve = (figure) => {
    const { low, high, factors, unit } = figure.dataset;
    const [bottom, top] = [Number(low), Number(high)];
    if (!axis.value && !drawn.has(figure)) return;
    const plot = original(figure);
    if (!axis.value) return;
    const valueAt = (text) => {
      const share = 1 - Number.parseFloat(text) / 100;
      return factors === 'true' ? bottom * (top / bottom) ** share : bottom + (top - bottom) * share;
    };
    const heights = ['y', 'y1', 'y2', 'cy'].flatMap((key) => [...plot.querySelectorAll(`[${key}]:not(.grid, .tick)`)]
      .map((node) => [node, key, valueAt(node.getAttribute(key))]));
    const scale = scaleAround(heights.map(([, , value]) => value), axis.value);
    const place = (value) => percent(1 - scale.share(value));
    for (const [node, key, value] of heights) node.setAttribute(key, place(value));
    const ideal = plot.querySelector('.ideal');
    if (ideal && !scale.byFactors) {
      // Straight in factors, and so in pieces here.
      const at = (key) => heights.find(([node, name]) => node === ideal && name === key)[2];
      const [from, to, start, end] = [Number.parseFloat(ideal.getAttribute('x1')), Number.parseFloat(ideal.getAttribute('x2')), at('y1'), at('y2')];
      const PIECES = 16;
      const point = (piece) => [`${from + (to - from) * (piece / PIECES)}%`, place(start * (end / start) ** (piece / PIECES))];
      for (let piece = 0; piece < PIECES; piece += 1) {
        const [[x1, y1], [x2, y2]] = [point(piece), point(piece + 1)];
        ideal.before(element('line', { class: 'ideal', x1, y1, x2, y2 }));
      }
      ideal.remove();
    }
    drawMarks(plot, scale, unit);
  };

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
    const { machine } = page.charts[id];
    const middle = cursors.get(figure)?.place ?? null;
    if (name === '+' || name === '=') zoomBy(machine, id, 0.5, middle);
    else if (name === '-') zoomBy(machine, id, 2, middle);
    else if (name === '0' || name === 'Escape') zoomTo(machine, 0, Infinity);
    else return false;
    return true;
  };
  zoom.addEventListener('click', (event) => {
    const { value } = event.target.closest('button') ?? {};
    const figure = plots.find((figure) => part && page.charts[figure.id].machine === part.machine)
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
    const figure = plot.closest('figure');
    key((event.deltaY || event.deltaX) < 0 ? '+' : '-', figure);
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
    zoomTo(page.charts[figure.id].machine, place(Math.min(from, to)), place(Math.max(from, to)));
  };
  document.addEventListener('pointerup', drop);
  document.addEventListener('pointercancel', drop);
  axis.addEventListener('change', () => {
    draw();
    curves.forEach(drawCurve);
  });
  zoom.hidden = plots.length === 0;
