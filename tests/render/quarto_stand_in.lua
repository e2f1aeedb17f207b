-- NOT Quarto: what its own filters do to a document, as far as the tests of that engine need it. It follows the filters
-- that a document names, and says what it has to say on its error stream, in colours, as Quarto's filters do.

local html, typst = FORMAT:match("html"), FORMAT:match("typst")
local names = { note = "Note", tip = "Tip", warning = "Warning", caution = "Caution", important = "Important" }
local referred = { fig = "Figure", tbl = "Table", sec = "Section", eq = "Equation", nte = "Note", wrn = "Warning" }
local known = {}

local function warn(line, message)
  io.stderr:write(("\27[33mWARNING (/opt/quarto/share/filters/main.lua:%d) %s\n\27[39m"):format(line, message))
end

local function find_kind(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match("^callout%-(%l+)$")
    if kind and names[kind] then return kind end
  end
end

-- Without a theme a callout is a quotation on the page; with one it is a box of divisions; in the PDF it is a panel.
local function draw_callout(div)
  local kind = find_kind(div)
  if not kind then return end
  local content, title = div.content, div.attributes.title
  if not title and content[1] and content[1].t == "Header" then
    title = pandoc.utils.stringify(content:remove(1))
  end
  title = title or names[kind]
  if typst then
    local body = pandoc.write(pandoc.Pandoc(content), "typst")
    local call = "#callout(body: [\n%s], title: [%s], background_color: white, icon_color: black, icon: none)"
    return pandoc.RawBlock("typst", call:format(body, title))
  end
  content:insert(1, pandoc.Para({ pandoc.Strong(title) }))
  return pandoc.Div({ pandoc.BlockQuote(content) }, pandoc.Attr(div.identifier))
end

local function keep_description(image)
  if html and image.attributes["fig-alt"] then
    image.attributes.alt = image.attributes["fig-alt"]
    image.attributes["fig-alt"] = nil
    return image
  end
end

-- The caption goes below the image, and with it the description that Pandoc would have taken from there.
local function draw_figure(figure)
  local image
  figure:walk({ Image = function(found) image = found end })
  if not html or not image then return end
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  image.caption = {}
  caption:insert(1, pandoc.RawInline("html", "<figcaption>"))
  caption:insert(pandoc.RawInline("html", "</figcaption>"))
  local drawn = {
    pandoc.RawBlock("html", "<figure>"), pandoc.Para({ image }), pandoc.Para(caption), pandoc.RawBlock("html", "</figure>"),
  }
  return pandoc.Div(drawn, pandoc.Attr(figure.identifier, { "quarto-figure", "quarto-figure-center" }))
end

local function resolve(cite)
  local label = cite.citations[1].id
  local what = referred[label:match("^(%l+)%-") or ""]
  if not what then return end
  if known[label] then return pandoc.Link(what .. " 1", "#" .. label) end
  warn(14840, "Unable to resolve crossref @" .. label)
  return pandoc.Strong("?@" .. label)
end

local function remember(element)
  known[element.identifier] = true
end

return {
  { Div = remember, Figure = remember, Header = remember, Image = remember },
  { Cite = resolve, Div = draw_callout, Image = keep_description },
  { Figure = draw_figure },
}
