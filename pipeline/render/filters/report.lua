-- Maps our semantic HTML to the functions of report.typ.
--
-- Every piece of text leaves as a Typst string (#"…";), never as markup, so that a school called "#1 *St* $ary_"
-- is printed as it is written. Alt text stays on images, captions on figures and tables.

local function quote(text)
  local escaped = text:gsub('[\\"]', '\\%0'):gsub('\n', '\\n'):gsub('\r', '\\r'):gsub('\t', '\\t')
  return '"' .. escaped .. '"'
end

local function inline(code) return pandoc.RawInline('typst', code) end
local function block(code) return pandoc.RawBlock('typst', code) end

-- The reader takes "data-" off an attribute's name unless what is left is a name HTML knows.
local function call(name, element, attribute)
  local value = element.attributes[attribute] or element.attributes['data-' .. attribute] or ''
  return '#' .. name .. '(' .. quote(value) .. ')'
end

-- Blocks stand on lines of their own between the brackets, where the writer knows it is at the start of a line.
local function wrap(opening, blocks)
  local wrapped = pandoc.List{block(opening .. '[')}
  wrapped:extend(blocks)
  wrapped:insert(block(']'))
  return wrapped
end

local function is_kind(element, class) return element.classes:includes(class) end

-- A run of words and spaces becomes one string.
local function print_words(inlines)
  local printed, run = pandoc.List{}, ''
  local function close()
    if run ~= '' then printed:insert(inline('#' .. quote(run) .. ';')) end
    run = ''
  end
  for _, element in ipairs(inlines) do
    if element.t == 'Str' then
      run = run .. element.text
    elseif element.t == 'Space' or element.t == 'SoftBreak' then
      run = run .. ' '
    else
      close()
      printed:insert(element)
    end
  end
  close()
  return printed
end

local function print_code(code)
  return inline('#raw(' .. quote(code.text) .. ');')
end

local function print_code_block(code)
  return block('#raw(block: true, ' .. quote(code.text) .. ')')
end

local function print_rule()
  return block('#line(length: 100%, stroke: hairline)')
end

local function print_image(image)
  local alt = pandoc.utils.stringify(image.caption)
  if alt == '' then alt = image.attributes.alt or '' end
  if alt:match('^%s*$') then
    error('an image has no description (alt): ' .. image.src)
  end
  return inline('#picture(' .. quote(image.src) .. ', ' .. quote(alt) .. ');')
end

local function print_span(span)
  if is_kind(span, 'rating') then
    local printed = pandoc.List{inline(call('rating', span, 'rating') .. '[')}
    printed:extend(span.content)
    printed:insert(inline('];'))
    return printed
  end
  return span.content
end

local function print_link(link)
  local opening
  if link.target:sub(1, 1) == '#' then
    opening = '#link-within(' .. quote(link.target:sub(2)) .. ')['
  elseif link.target:match('^https?://') or link.target:match('^mailto:') then
    opening = '#link(' .. quote(link.target) .. ')['
  else
    return link.content
  end
  local printed = pandoc.List{inline(opening)}
  printed:extend(link.content)
  printed:insert(inline('];'))
  return printed
end

local function is_shown(element)
  return element and (element.t == 'Figure' or element.t == 'Table')
end

-- A line that leads from a heading to its figure or table stays with it on one page.
local function keep_introductions(blocks)
  for position = 2, #blocks - 1 do
    if blocks[position].t == 'Para' and blocks[position - 1].t == 'Header' and is_shown(blocks[position + 1]) then
      blocks[position] = pandoc.Div({blocks[position]}, {class = 'introduction'})
    end
  end
  return blocks
end

-- The first line of the category panel names the category; what is said of it stands on the next line.
local function mark_indicated(div)
  local first = div.content[1]
  if is_kind(div, 'category-panel') and first and first.t == 'Para' then
    local name, said = first.content[1], first.content[2]
    if name and name.t == 'Strong' and said and said.t == 'RawInline' then
      first.content[2] = inline((said.text:gsub('^#" ', '#"')))
    end
    div.content[1] = pandoc.Div({first}, {class = 'indicated'})
    return div
  end
end

local function print_div(div)
  local kinds = {
    ['category-panel'] = call('category-panel', div, 'tier'),
    ['notice'] = call('notice', div, 'kind'),
    ['note'] = '#note',
    ['entitlement'] = '#entitlement',
    ['facts'] = '#facts',
    ['title-block'] = '#title-block',
    ['officer-only'] = '#officer-only',
    ['introduction'] = '#introduction',
    ['indicated'] = '#indicated',
  }
  for class, opening in pairs(kinds) do
    if is_kind(div, class) then return wrap(opening, div.content) end
  end
  return div.content
end

local function print_header(header)
  local printed = pandoc.List{inline('#titled(' .. header.level .. ', ' .. quote(header.identifier) .. ')[')}
  printed:extend(header.content)
  printed:insert(inline(']'))
  return pandoc.Plain(printed)
end

local function print_figure(figure)
  local printed = pandoc.List{block('#exhibit(' .. quote(figure.identifier) .. ', caption: [')}
  printed:extend(figure.caption.long)
  printed:insert(block('])['))
  printed:extend(figure.content)
  printed:insert(block(']'))
  return printed
end

local function print_terms(list)
  local printed = pandoc.List{block('#described((')}
  for _, item in ipairs(list.content) do
    printed:insert(block('(['))
    printed:insert(pandoc.Plain(item[1]))
    printed:insert(block('], ['))
    for _, blocks in ipairs(item[2]) do printed:extend(blocks) end
    printed:insert(block(']),'))
  end
  printed:insert(block('))'))
  return printed
end

local function print_row(printed, row, heads)
  for position, cell in ipairs(row.cells) do
    local numeric = is_kind(cell, 'figure-number') and 'right' or 'left'
    local head = position <= heads and 'true' or 'false'
    printed:insert(block(string.format('cell(colspan: %d, rowspan: %d, aligned: %s, head: %s)[',
      cell.col_span, cell.row_span, numeric, head)))
    -- A loose paragraph in a cell would be spaced like prose.
    for _, content in ipairs(cell.contents) do
      printed:insert(content.t == 'Para' and pandoc.Plain(content.content) or content)
    end
    printed:insert(block('],'))
  end
end

local LINE = 112 -- characters of a table's text that fit beside one another on a page
local GAP = 2 -- what stands between two columns, in characters
local SHORT = 16 -- a column no longer than this is never broken

-- How long a cell's text is, and its longest word.
local function measure(cell)
  local length, word = 0, 0
  pandoc.Div(cell.contents):walk({
    RawInline = function(element)
      local said = element.text:match('^#"(.*)";$')
      if not said then return end
      length = length + (utf8.len(said) or #said)
      for one in said:gmatch('%S+') do word = math.max(word, utf8.len(one) or #one) end
    end,
  })
  return length, word
end

-- Where a table is wider than the page, short columns keep their width and the others share what is left, the more
-- the more they have to say (by its square root, for a long text takes several lines); headings may take three lines.
-- Otherwise, or where only one column is long, every column is as wide as its text and the long one takes the rest.
local function share_width(grid, rows)
  local count, heads = #grid.colspecs, #grid.head.rows
  local longest, needed, total = {}, {}, {}
  for position = 1, count do longest[position], needed[position], total[position] = 0, 0, 0 end
  for number, row in ipairs(rows) do
    if #row.cells ~= count then return tostring(count) end
    for position, cell in ipairs(row.cells) do
      local length, word = measure(cell)
      longest[position] = math.max(longest[position], length)
      needed[position] = math.max(needed[position], word, number <= heads and length / 3 or 0)
      if number > heads then total[position] = total[position] + length end
    end
  end
  local width, long = 0, 0
  for position = 1, count do
    width = width + longest[position] + GAP
    if longest[position] > SHORT then long = long + 1 end
  end
  if width <= LINE or long < 2 then return tostring(count) end
  local columns = {}
  for position = 1, count do
    local weight = math.sqrt(math.max(needed[position], total[position] / math.max(1, #rows - heads)))
    columns[position] = longest[position] <= SHORT and 'auto' or string.format('%.2ffr', weight)
  end
  return '(' .. table.concat(columns, ', ') .. ',)'
end

local function list_rows(grid)
  local rows = pandoc.List{}
  rows:extend(grid.head.rows)
  for _, body in ipairs(grid.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  return rows
end

local function print_table(grid)
  local columns = share_width(grid, list_rows(grid))
  local printed = pandoc.List{block('#table-exhibit(' .. quote(grid.identifier) .. ', ' .. #grid.colspecs .. ', ' .. columns .. ', caption: [')}
  printed:extend(grid.caption.long)
  printed:insert(block('], heads: ('))
  for _, row in ipairs(grid.head.rows) do print_row(printed, row, 0) end
  printed:insert(block('), rows: ('))
  for _, body in ipairs(grid.bodies) do
    for _, row in ipairs(body.head) do print_row(printed, row, 0) end
    for _, row in ipairs(body.body) do print_row(printed, row, body.row_head_columns) end
  end
  for _, row in ipairs(grid.foot.rows) do print_row(printed, row, 0) end
  printed:insert(block('))'))
  return printed
end

return {
  {traverse = 'typewise', Image = print_image},
  {Inlines = print_words, Code = print_code, CodeBlock = print_code_block, HorizontalRule = print_rule},
  {Span = print_span, Link = print_link},
  {Blocks = keep_introductions},
  {Div = mark_indicated},
  {Header = print_header, Figure = print_figure, DefinitionList = print_terms, Table = print_table},
  {Div = print_div},
}
