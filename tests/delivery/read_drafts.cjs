// Opens mail files by a library from npm and prints what it found, as JSON: node read_drafts.cjs NODE_MODULES LIBRARY FILE…
const { createRequire } = require("node:module");
const { readFile } = require("node:fs/promises");
const { createHash } = require("node:crypto");
const { pathToFileURL } = require("node:url");

const [modules, library, ...files] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const hash = (content) => createHash("sha256").update(Buffer.from(content)).digest("hex");

const readers = {
  async mailparser(content) {
    const mail = await load("mailparser").simpleParser(content);
    return {
      subject: mail.subject,
      from: mail.from.value[0],
      to: mail.to.value[0],
      text: mail.text,
      html: mail.html,
      unsent: mail.headers.get("x-unsent"),
      date: mail.date ?? null,
      files: mail.attachments.map((one) => ({ name: one.filename, type: one.contentType, sha256: hash(one.content) })),
    };
  },
  async "postal-mime"(content) {
    const { default: PostalMime } = await import(pathToFileURL(load.resolve("postal-mime")));
    const mail = await PostalMime.parse(content);
    return {
      subject: mail.subject,
      from: mail.from,
      to: mail.to[0],
      text: mail.text,
      html: mail.html,
      unsent: mail.headers.find((one) => one.key === "x-unsent")?.value,
      date: mail.date ?? null,
      files: mail.attachments.map((one) => ({ name: one.filename, type: one.mimeType, sha256: hash(one.content) })),
    };
  },
};

(async () => {
  const found = [];
  for (const file of files) found.push(await readers[library](await readFile(file)));
  console.log(JSON.stringify(found));
})();
