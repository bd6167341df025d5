# Medians of survival curves by both rules for a stretch at one half, and their intervals.

source("tests/reference/common.R")

TOLERANCE <- sqrt(.Machine$double.eps) # how near to one half counts as one half, as in survfit
INTERVALS <- c("plain", "log", "log-log")

# The first time at which a curve is at most one half; NA for one that stays above it.
first <- function(time, heights) {
  below <- which(!is.na(heights) & heights < 0.5 + TOLERANCE)
  if (length(below)) time[below[1]] else NA
}

of_group <- function(time, event) {
  curves <- lapply(setNames(INTERVALS, INTERVALS), function(kind) {
    survfit(Surv(time, event) ~ 1, conf.type = kind)
  })
  curve <- curves[["log"]]
  list(
    time = vec(time), event = vec(event),
    first = first(curve$time, curve$surv),
    middle = unname(summary(curve)$table["median"]),
    intervals = lapply(curves, function(one) {
      vec(c(first(one$time, one$lower), first(one$time, one$upper)))
    })
  )
}

edges <- read.csv(file.path(folder, "edges.csv"))
aml <- read.csv(file.path(folder, "aml.csv"))
lung <- read.csv(file.path(folder, "lung.csv"))
groups <- c(
  lapply(split(edges, edges$set), function(rows) of_group(rows$time, rows$event)),
  lapply(split(aml, aml$maintained), function(rows) of_group(rows$time, rows$relapsed)),
  lapply(split(lung, lung$male), function(rows) of_group(rows$time, rows$died))
)
names(groups)[length(groups) - 3:0] <- c("aml 0", "aml 1", "lung 0", "lung 1")

freeze(list(
  provenance = provenance(
    file.path(folder, c("edges.csv", "aml.csv", "lung.csv")),
    file.path(folder, c("common.R", "medians.R")), c("survival", "jsonlite")
  ),
  groups = groups
), "medians.json")
