// Opens reports in a headless Chromium, at desktop and phone size, light and dark: every series can be reached and drawn,
// nothing is printed on the console, axe finds nothing with every part open, an injected name does not run, no table is cut,
// and search, zoom, axes, addresses, theme and print work.
// Usage: node check.js NODE_MODULES BROWSER PAGE…
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [modules, executablePath, ...pages] = process.argv.slice(2);
const { chromium } = require(path.resolve(modules, 'playwright-core'));
const axe = path.resolve(modules, 'axe-core/axe.min.js');

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
// The first page has thousands of series, and takes a minute a look: both sizes and both schemes, not each with each.
const TWO_LOOKS = [[['desktop', 'light'], ['phone', 'dark']]];
const ALL_LOOKS = Object.keys(SIZES).map((size) => ['light', 'dark'].map((scheme) => [size, scheme]));
const PAPER = { width: 794, height: 1123 }; // A4.
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--no-first-run'];
const PAGE_HEIGHT_MAX = 16000; // Of a phone's page before anything is opened.
const faults = [];
const expect = (where, what, holds) => {
  if (!holds) faults.push(`${where}: ${what}`);
};

// Opens everything, or so many series, and scrolls past it, since figures are drawn when they come into view: in a tall window,
// which waits for fewer frames.
const open = async (page, most = Infinity) => {
  const size = page.viewportSize();
  await page.setViewportSize({ ...size, height: 12000 });
  await page.evaluate(async (most) => {
    const later = new Set([...document.querySelectorAll('details.series')].slice(most));
    const closed = () => [...document.querySelectorAll('details:not([open])')].filter((details) => !later.has(details.closest('.series')));
    while (closed().length) {
      for (const details of closed()) details.open = true;
      await new Promise(requestAnimationFrame);
    }
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    scrollTo(0, 0);
  }, most);
  await page.setViewportSize(size);
};

// Zoom by a drag, by keys and by buttons: all open histories follow, and a reset brings the page back.
const zooms = async (page, where) => {
  const plot = page.locator('details.series .plot').first();
  // Two commits are not zoomed.
  if (!(await plot.count()) || (await page.locator('#zoom').isHidden())) return;
  await plot.scrollIntoViewIfNeeded();
  const lines = () => page.$$eval('details.series .plot path.line', (found) => found.map((line) => line.getAttribute('d')));
  const before = await lines();
  const days = () => page.locator('details.series .days').first().innerHTML();
  const ends = await days();
  const ticks = await plot.locator('.tick').count();
  expect(where, 'a chart has 3 to 7 ticks', ticks >= 3 && ticks <= 7);
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
  await page.mouse.up();
  const dragged = await lines();
  expect(where, 'a drag zooms every history', dragged.every((line, place) => line !== before[place]));
  expect(where, 'a drag changes the days', (await days()) !== ends);
  expect(where, 'the zoom is in the address', /from=.+&to=/.test(page.url()));
  const reading = await page.locator('details.series .reading').first().innerText();
  expect(where, `a commit is read: ${reading}`, /^[0-9a-f]{7}.*: \S/.test(reading));
  await plot.focus();
  await page.keyboard.press('Escape');
  expect(where, 'Escape shows all again', (await lines()).join() === before.join());
  await page.keyboard.press('+');
  expect(where, 'a key zooms', (await lines()).join() !== before.join());
  await page.getByRole('button', { name: 'Reset zoom' }).click();
  expect(where, 'the button shows all again', (await lines()).join() === before.join());
};

const switches = async (page, where) => {
  const axis = page.locator('select[name=axis]');
  if (!(await axis.count())) return;
  const heights = () => page.$$eval('details.series .plot path.line, figure.curve .interval',
    (found) => found.map((mark) => mark.getAttribute('d') ?? mark.getAttribute('y1')));
  const before = await heights();
  for (const scale of ['factors', 'steps', 'share']) {
    await axis.selectOption(scale);
    expect(where, `${scale}: every mark has a place`, !(await heights()).some((height) => /NaN|Infinity|undefined/.test(height)));
  }
  await axis.selectOption('');
  expect(where, 'the axis comes back as it was', (await heights()).join() === before.join());
};

// A search is over all series, is in the address, and says so where it finds nothing.
const searches = async (page, where, file) => {
  const field = page.locator('input[name=search]');
  if (!(await field.count())) return;
  const shown = () => page.locator('details.series:not([hidden])').count();
  const all = await shown();
  const name = await page.locator('details.series bdi').last().innerText();
  await field.fill(name.slice(0, 12));
  expect(where, 'a search finds a series by its name', (await shown()) > 0);
  await field.fill('no such series');
  expect(where, 'an empty search says so', (await shown()) === 0 && /None of \d+ series/.test(await page.locator('#chosen').innerText()));
  expect(where, 'the search is in the address', page.url().includes('search=no+such+series'));
  await page.goto('about:blank');
  await page.goto(`${pathToFileURL(file).href}#?search=no+such+series`);
  expect(where, 'an address brings its search', (await shown()) === 0);
  await page.locator('#clear').click();
  expect(where, 'all series come back', (await shown()) === all);
};

const themes = async (page, where, scheme) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [before, theme] = [await background(), page.locator('#theme')];
  await theme.selectOption(scheme === 'dark' ? 'light' : 'dark');
  expect(where, 'the theme is beside the choice of the system', (await background()) !== before);
  await theme.selectOption('');
  expect(where, 'the system decides again', (await background()) === before);
};

const look = async (browser, file, size, scheme) => {
  const where = `${path.basename(file)}, ${size}, ${scheme}`;
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, bypassCSP: false });
  const page = await context.newPage();
  page.on('console', (message) => faults.push(`${where}: console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`${where}: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`${where}: an injected name ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => expect(where, `asks for ${request.url()}`, /^(file|about):/.test(request.url())));
  await page.goto(pathToFileURL(file).href);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(where, `the page is ${height} pixels long`, size === 'desktop' || height <= PAGE_HEIGHT_MAX);
  await searches(page, where, file);
  // Each zoom draws what is open anew: of thousands, some.
  await open(page, 50);
  await zooms(page, where);
  await switches(page, where);
  await open(page);
  const found = await page.evaluate(() => {
    const data = JSON.parse(document.getElementById('data').textContent);
    const cards = [...document.querySelectorAll('details.series')];
    const values = ({ points }) => points.replaceAll('~', '').length;
    const isDrawn = (svg) => svg.childElementCount > 0;
    return {
      series: data.histories.length,
      cards: cards.length,
      undrawn: cards.filter((card, at) => values(data.histories[at]) > 5 && !card.querySelector('.plot path.line')?.getAttribute('d')).length,
      empty: [...document.querySelectorAll('figure')].filter((figure) => ![...figure.querySelectorAll('svg')].some(isDrawn)).map((it) => it.id),
      links: [...document.querySelectorAll('a[href^="#"]')].filter((link) => !document.getElementById(link.hash.slice(1))).length,
      cut: [...document.querySelectorAll('.wide')].filter((table) => table.scrollHeight > table.clientHeight + 1).length,
      wide: document.documentElement.scrollWidth - innerWidth,
      ran: window.injected === true,
      machines: data.commits.length,
      beside: document.querySelectorAll('#machines table, .sides').length,
    };
  });
  expect(where, `${found.cards} cards of ${found.series} series, ${found.undrawn} without a line`, found.cards === found.series && !found.undrawn);
  expect(where, `not drawn: ${found.empty}`, !found.empty.length);
  expect(where, `${found.links} links lead nowhere`, found.links === 0);
  expect(where, `${found.cut} tables are cut`, found.cut === 0);
  expect(where, `the page is ${found.wide} pixels wider than the window`, found.wide <= 0);
  expect(where, 'an injected name ran', !found.ran);
  expect(where, 'several machines are set side by side', (found.machines > 1) === (found.beside > 0));
  await themes(page, where, scheme);
  // The page's policy keeps scripts from being added; evaluating bypasses it.
  await page.evaluate(require('node:fs').readFileSync(axe, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, nodes } of violations) {
    faults.push(`${where}: axe ${id}, ${nodes.length} times, first at ${nodes[0].html.slice(0, 200)}`);
  }
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize(PAPER);
  const printed = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(where, `printed it is ${printed} pixels wider than the paper`, printed <= 0);
  console.log(`${where}: ${found.cards} series, ${height} pixels long, axe ${violations.length} violations`);
  await context.close();
};

(async () => {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  for (const [place, file] of pages.entries()) {
    for (const looks of place ? ALL_LOOKS : TWO_LOOKS) {
      await Promise.all(looks.map(([size, scheme]) => look(browser, path.resolve(file), size, scheme)));
    }
  }
  await browser.close();
  console.log(`${path.basename(pages[0])}: ${TWO_LOOKS.flat().length} of its ${ALL_LOOKS.flat().length} looks`);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length || !pages.length ? 1 : 0;
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
