-- Write a document in three formats, each followed by NUL, instead of its own.
function Pandoc(document)
  for _, format in ipairs { "gfm", "markdown", "plain" } do
    io.stdout:write(pandoc.write(document, format), "\0")
  end
  io.stdout:flush()
  return pandoc.Pandoc {}
end
