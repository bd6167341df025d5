# Reading inputs and writing frozen results, for all scripts.

suppressPackageStartupMessages(library(survival))

folder <- "tests/reference"

sha256 <- function(path) {
  tool <- if (nzchar(Sys.which("sha256sum"))) c("sha256sum") else c("shasum", "-a", "256")
  sub(" .*", "", system2(tool[1], c(tool[-1], shQuote(path)), stdout = TRUE))
}

# What was read, by what it was computed; the tests refuse results of other bytes.
provenance <- function(inputs, scripts, packages = c("survival", "cmprsk", "jsonlite")) {
  digests <- function(paths) as.list(setNames(vapply(paths, sha256, ""), paths))
  list(
    r = as.character(getRversion()),
    packages = as.list(setNames(vapply(packages, function(p) as.character(packageVersion(p)), ""), packages)),
    inputs = digests(inputs),
    scripts = digests(scripts)
  )
}

freeze <- function(results, name) {
  path <- file.path(folder, name)
  text <- jsonlite::toJSON(results, digits = NA, na = "null", null = "null", auto_unbox = TRUE, pretty = TRUE)
  writeLines(text, path, useBytes = TRUE)
  cat("wrote", path, "\n")
}

# A vector that stays a list in JSON, whatever its length.
vec <- function(x) I(unname(x))
