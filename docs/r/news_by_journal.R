# How often does the news mention the outputs of each journal?
#
#   Rscript docs/r/news_by_journal.R records.jsonl > news.csv
#   Rscript docs/r/news_by_journal.R records.parquet > news.csv
#
# A JSONL file needs the package jsonlite, a Parquet file the package arrow. A record without a number of news mentions
# is not a zero: `with_news` is the number of records that `news` is the sum of. If it is 0, `news` is empty.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 1 || !file.exists(arguments[[1]])) {
  stop("give the path of one file: records.jsonl or records.parquet", call. = FALSE)
}
path <- arguments[[1]]

require_package <- function(name) {
  if (!requireNamespace(name, quietly = TRUE)) {
    stop(sprintf("%s needs the package %s: install.packages(\"%s\")", path, name, name), call. = FALSE)
  }
}

# A list for each record: its journal (NULL if not shown), and its mentions as two vectors (NULL if not shown).
read_jsonl <- function() {
  require_package("jsonlite")
  lines <- readLines(path, encoding = "UTF-8", warn = FALSE)
  lapply(lines[nzchar(lines)], function(line) {
    record <- jsonlite::fromJSON(line, simplifyVector = FALSE) # so that null and [] stay different
    mentions <- record[["mentions"]]
    list(
      journal = record[["source"]],
      mentions = if (!is.null(mentions)) {
        list(
          source = vapply(mentions, function(item) item[["source"]], character(1)),
          count = vapply(mentions, function(item) as.numeric(item[["count"]]), numeric(1))
        )
      }
    )
  })
}

read_parquet <- function() {
  require_package("arrow")
  records <- arrow::read_parquet(path, col_select = c("source", "mentions"))
  lapply(seq_len(nrow(records)), function(row) {
    journal <- records[["source"]][[row]]
    list(journal = if (!is.na(journal)) journal, mentions = records[["mentions"]][[row]])
  })
}

records <- if (grepl("\\.parquet$", path)) read_parquet() else read_jsonl()
if (!length(records)) stop(sprintf("%s has no record", path), call. = FALSE)

journal <- vapply(records, function(record) if (is.null(record$journal)) "" else record$journal, character(1))
shown <- vapply(records, function(record) !is.null(record$mentions), logical(1))
news <- vapply(records, function(record) {
  counts <- record$mentions$count[record$mentions$source == "news"]
  if (length(counts)) as.numeric(sum(counts)) else NA_real_
}, numeric(1))

rows <- lapply(split(seq_along(records), journal), function(group) {
  data.frame(
    journal = journal[group[[1]]],
    outputs = length(group),
    mentions_shown = sum(shown[group]),
    with_news = sum(!is.na(news[group])),
    news = if (all(is.na(news[group]))) NA_real_ else sum(news[group], na.rm = TRUE)
  )
})
table <- do.call(rbind, rows)
write.csv(table[order(-table$news, table$journal), ], row.names = FALSE, na = "")
