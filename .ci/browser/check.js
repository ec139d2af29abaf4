// Opens reports in a headless Chromium, at desktop and phone size, light and dark: every chart is there, nothing is printed
// on the console, axe finds nothing, an injected name does not run, and zoom and axes work.
// Usage: node check.js NODE_MODULES BROWSER PAGE…
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [modules, executablePath, ...pages] = process.argv.slice(2);
const { chromium } = require(path.resolve(modules, 'playwright-core'));
const axe = path.resolve(modules, 'axe-core/axe.min.js');

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--no-first-run'];
const faults = [];
const expect = (where, what, holds) => {
  if (!holds) faults.push(`${where}: ${what}`);
};

// Zoom by a drag, by keys and by buttons: all histories of the machine follow, and a reset brings the page back.
const zooms = async (page, where) => {
  const figure = page.locator('figure.history').first();
  if (!(await figure.count())) return;
  await figure.scrollIntoViewIfNeeded();
  const lines = () => page.$$eval('figure.history path.line', (found) => found.map((line) => line.getAttribute('d')));
  const before = await lines();
  const ends = await figure.locator('.ends').innerText();
  const plot = figure.locator('svg.plot');
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
  await page.mouse.up();
  const dragged = await lines();
  expect(where, 'a drag zooms every history', dragged.every((line, place) => line !== before[place]));
  expect(where, 'a drag changes the ends', (await figure.locator('.ends').innerText()) !== ends);
  await plot.focus();
  await page.keyboard.press('Escape');
  expect(where, 'Escape shows all again', (await lines()).join() === before.join());
  await page.keyboard.press('+');
  expect(where, 'a key zooms', (await lines()).join() !== before.join());
  await page.getByRole('button', { name: 'Reset zoom' }).click();
  expect(where, 'the button shows all again', (await lines()).join() === before.join());
};

const switches = async (page, where) => {
  const heights = () => page.$$eval('figure.history path.line, figure.curve .interval',
    (found) => found.map((mark) => mark.getAttribute('d') ?? mark.getAttribute('y1')));
  const before = await heights();
  for (const scale of ['factors', 'steps']) {
    await page.locator('select[name=axis]').selectOption(scale);
    expect(where, `${scale}: every mark has a place`, !(await heights()).some((height) => /NaN|Infinity|undefined/.test(height)));
  }
  await page.locator('select[name=axis]').selectOption('');
  expect(where, 'the axis comes back as it was', (await heights()).join() === before.join());
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
  page.on('request', (request) => expect(where, `asks for ${request.url()}`, request.url().startsWith('file:')));
  await page.goto(pathToFileURL(file).href);
  const found = await page.evaluate(() => ({
    wanted: Object.keys(JSON.parse(document.getElementById('data').textContent).histories),
    drawn: [...document.querySelectorAll('figure.history')].map((figure) => figure.id),
    empty: [...document.querySelectorAll('figure')].filter((figure) => !figure.querySelector('svg > *')).length,
    links: [...document.querySelectorAll('a[href^="#"]')].filter((link) => !document.getElementById(link.hash.slice(1))).length,
    wide: document.documentElement.scrollWidth - innerWidth,
    ran: window.injected === true,
    machines: document.querySelectorAll('select[name=machine] option').length - 1,
    beside: document.querySelectorAll('#machines table').length,
  }));
  expect(where, 'every chart is there', found.wanted.length === found.drawn.length
    && found.wanted.every((id) => found.drawn.includes(id)) && found.empty === 0);
  expect(where, `${found.links} links lead nowhere`, found.links === 0);
  expect(where, `the page is ${found.wide} pixels wider than the window`, found.wide <= 0);
  expect(where, 'an injected name ran', !found.ran);
  expect(where, 'several machines are set side by side', (found.machines > 1) === (found.beside > 0));
  await zooms(page, where);
  await switches(page, where);
  // The page's policy keeps scripts from being added; evaluating bypasses it.
  await page.evaluate(require('node:fs').readFileSync(axe, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, nodes } of violations) {
    faults.push(`${where}: axe ${id}, ${nodes.length} times, first at ${nodes[0].html.slice(0, 200)}`);
  }
  console.log(`${where}: ${found.drawn.length} histories, axe ${violations.length} violations`);
  await context.close();
};

(async () => {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  for (const file of pages) {
    for (const size of Object.keys(SIZES)) {
      for (const scheme of ['light', 'dark']) await look(browser, path.resolve(file), size, scheme);
    }
  }
  await browser.close();
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length || !pages.length ? 1 : 0;
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
