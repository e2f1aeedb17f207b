-- Tables, images, callouts and characters of prose as the report prints them in Typst; descriptions of images that
-- Quarto would drop from the page; what code showed, read in for Word.

local folder = quarto and pandoc.path.directory(quarto.doc.input_file) or "."

local function read(name)
  local file = assert(io.open(pandoc.path.join({ folder, name }), "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function read_json(name)
  return pandoc.json.decode(read(name), false)
end

-- A Typst string: nothing in it is read as markup.
local function quote(text)
  local escaped = text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n"):gsub("\r", "\\r"):gsub("\t", "\\t")
  return '"' .. escaped .. '"'
end

local function write_typst(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), "typst")
end

local function is_number(cell)
  local text = pandoc.utils.stringify(cell.contents):gsub("−", "-"):gsub("–", "-"):gsub("£", "")
  return text:match("^[+-]?%d[%d,. ]*%%?$") ~= nil
end

-- The columns whose numerals line up: those that say so, and those that hold mostly numbers.
local function find_numeric(tbl, rows)
  local numeric = {}
  for column, spec in ipairs(tbl.colspecs) do
    local numbers, filled = 0, 0
    for _, row in ipairs(rows) do
      local cell = row.cells[column]
      if cell and pandoc.utils.stringify(cell.contents) ~= "" then
        filled = filled + 1
        numbers = numbers + (is_number(cell) and 1 or 0)
      end
    end
    numeric[column] = spec[1] == "AlignRight" or (column > 1 and numbers > 0 and 2 * numbers >= filled)
  end
  return numeric
end

local function print_rows(rows, numeric)
  local printed = {}
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row.cells) do
      printed[#printed + 1] = ("cell(colspan: %d, rowspan: %d, aligned: %s)[\n%s\n],\n"):format(
        cell.col_span, cell.row_span, numeric[column] and "right" or "left", write_typst(cell.contents))
    end
  end
  return table.concat(printed)
end

local function print_table(tbl)
  local rows = pandoc.List()
  for _, body in ipairs(tbl.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(tbl.foot.rows)
  local numeric = find_numeric(tbl, rows)
  return pandoc.RawBlock("typst", ("#table-exhibit(%s, %d, %d, caption: [\n%s\n], heads: (\n%s), rows: (\n%s))"):format(
    quote(tbl.identifier), #tbl.colspecs, #tbl.colspecs, write_typst(tbl.caption.long),
    print_rows(tbl.head.rows, numeric), print_rows(rows, numeric)))
end

local function print_image(image)
  local alt = image.attributes["fig-alt"] or image.attributes.alt or pandoc.utils.stringify(image.caption)
  local picture = ("picture(%s, %s)"):format(quote(image.src), quote(alt))
  local width = image.attributes.width
  if width and width:match("^[%d.]+%%$") then
    picture = ("width: %s, %s"):format(width, picture)
  end
  return pandoc.RawInline("typst", "#box(" .. picture .. ");")
end

-- Quarto turns an image that stands alone in a paragraph into a figure, and drops its description from the page unless
-- it is said as its own attribute.
local function describe(image)
  local said = pandoc.utils.stringify(image.caption)
  if said ~= "" and not image.attributes["fig-alt"] and not image.attributes.alt then
    image.attributes["fig-alt"] = said
  end
  return image
end

-- A callout, which was marked as a division before Quarto could draw it differently in each format.
local function print_notice(div)
  if not div.classes:includes("notice") then return end
  local kind = quote(div.attributes["data-kind"] or "info")
  local blocks = pandoc.Blocks({ pandoc.RawBlock("typst", ("#notice(%s)["):format(kind)) })
  blocks:extend(div.content)
  blocks:insert(pandoc.RawBlock("typst", "]"))
  return div.identifier == "" and blocks or pandoc.Div(blocks, pandoc.Attr(div.identifier))
end

local function set_notice_apart(div)
  if div.classes:includes("notice") then return pandoc.BlockQuote(div.content) end
end

-- A formula is read aloud as it was written.
local function print_formula(formula)
  local body = write_typst({ pandoc.Plain({ formula }) }):gsub("%s+$", "")
  return pandoc.RawInline("typst", ("#formula(%s)[%s];"):format(quote(formula.text), body))
end

-- A file beside the page is not beside the PDF, wherever that is sent.
local function keep_outward(link)
  if not link.target:match("^#") and not link.target:match("^https?://") and not link.target:match("^mailto:") then
    return link.content
  end
end

-- Whether a block starts with a figure or a table.
local function shows(block)
  if not block or block.t ~= "RawBlock" or block.format ~= "typst" then return false end
  local included = block.text:match('^#include "(exhibits%-%d+%.typ)"')
  local source = included and read(included):gsub("^#import[^\n]*\n", "") or block.text
  return source:match("^#exhibit%(") ~= nil or source:match("^#table%-exhibit%(") ~= nil
end

-- A line that leads from a heading to its figure or table stays with it on one page.
local function keep_introductions(blocks)
  local kept = pandoc.Blocks({})
  for at, block in ipairs(blocks) do
    local following = blocks[at + 1]
    if following and following.t == "RawBlock" and following.format == "html" then
      following = blocks[at + 2]
    end
    local leads = block.t == "Para" and at > 1 and blocks[at - 1].t == "Header" and shows(following)
    if leads then kept:insert(pandoc.RawBlock("typst", "#introduction[")) end
    kept:insert(block)
    if leads then kept:insert(pandoc.RawBlock("typst", "]")) end
  end
  return kept
end

local unprintable = read_json("unprintable.json")

local function print_text(str)
  for _, character in ipairs(unprintable) do
    str.text = str.text:gsub(character, "\u{fffd}")
  end
  return str
end

local function read_exhibits(raw)
  local number = raw.format == "html" and raw.text:match('^<div data%-exhibits="(%d+)"></div>')
  if number then
    return pandoc.read(read("exhibits-" .. number .. ".html"), "html").blocks
  end
end

-- Word shows no SVG; one that stands in prose has been drawn as PNG too.
local function show_png(image)
  image.src = image.src:gsub("^(in%-prose%-[%d-]+)%.svg$", "%1.png")
  return image
end

local function tell_word(meta)
  for name, text in pairs(read_json("word.json")) do
    meta[name] = text ~= "" and pandoc.MetaInlines({ pandoc.Str(text) }) or nil
  end
  meta.keywords = meta.keywords and pandoc.MetaList({ meta.keywords })
  return meta
end

if FORMAT:match("typst") then
  return {
    { Str = #unprintable > 0 and print_text or nil, Image = print_image, Math = print_formula, Link = keep_outward, Table = print_table },
    { Div = print_notice },
    { Blocks = keep_introductions },
  }
elseif FORMAT:match("html") then
  return { { Image = describe } }
elseif FORMAT:match("docx") then
  return { { RawBlock = read_exhibits, Image = show_png, Link = keep_outward, Div = set_notice_apart, Meta = tell_word } }
end
