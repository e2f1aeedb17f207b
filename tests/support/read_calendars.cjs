// Reads calendars by ical.js and prints what it found, as JSON: node read_calendars.cjs NODE_MODULES FILE…
const { createRequire } = require("node:module");
const { readFile } = require("node:fs/promises");
const { pathToFileURL } = require("node:url");

const [modules, ...files] = process.argv.slice(2);
const load = createRequire(`${modules}/`);

async function read(ICAL, file) {
  const calendar = new ICAL.Component(ICAL.parse(await readFile(file, "utf8")));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  const text = (event, name) => event.getFirstPropertyValue(name) ?? "";
  const moment = (event, name) => {
    const time = event.getFirstPropertyValue(name);
    return time.isDate ? time.toString() : new Date(time.toUnixTime() * 1000).toISOString().slice(0, 16);
  };
  return {
    method: text(calendar, "method"),
    name: text(calendar, "x-wr-calname"),
    events: calendar.getAllSubcomponents("vevent").map((event) => ({
      uid: text(event, "uid"),
      sequence: event.getFirstPropertyValue("sequence"),
      begins: moment(event, "dtstart"),
      ends: moment(event, "dtend"),
      summary: text(event, "summary"),
      description: text(event, "description"),
      status: text(event, "status"),
    })),
  };
}

(async () => {
  const { default: ICAL } = await import(pathToFileURL(load.resolve("ical.js")));
  process.stdout.write(JSON.stringify(await Promise.all(files.map((file) => read(ICAL, file)))));
})();
