# Predictions at a time: the area under the ROC curve, and net benefit, by redistribution to the right.

source("tests/reference/common.R")

judged <- function(name, columns, covariate, sign, at, thresholds) {
  rows <- read.csv(file.path(folder, paste0(name, ".csv")))
  rows <- setNames(rows[c(columns, covariate)], c("time", "event", "risk"))
  rows$risk <- sign * rows$risk
  rows$chance <- rank(rows$risk) / (nrow(rows) + 1)
  rows$weight <- rttright(Surv(time, event) ~ 1, data = rows, times = at) / nrow(rows)
  rows$dead <- as.numeric(rows$time <= at & rows$event == 1)
  kept <- rows[rows$weight > 0, ]
  list(
    time = columns[1], event = columns[2], covariate = covariate, sign = sign, at = at,
    weight = vec(rows$weight), chance = vec(rows$chance),
    area = unname(concordance(dead ~ risk, data = kept, weights = kept$weight)$concordance),
    thresholds = vec(thresholds),
    net_benefit = vec(sapply(thresholds, function(p) with(kept, {
      sum(weight * dead * (chance >= p)) - p / (1 - p) * sum(weight * (1 - dead) * (chance >= p))
    })))
  )
}

freeze(list(
  provenance = provenance(
    file.path(folder, c("lung.csv", "rossi.csv", "aml.csv")), file.path(folder, c("common.R", "decisions.R")),
    c("survival", "jsonlite")
  ),
  judged = list(
    lung = judged("lung", c("time", "died"), "age", 1, 400.5, c(0.1, 0.35, 0.6, 0.9)),
    rossi = judged("rossi", c("week", "arrest"), "prio", 1, 30, c(0.1, 0.5, 0.8)),
    aml = judged("aml", c("time", "relapsed"), "maintained", -1, 24.5, c(0.2, 0.5))
  )
), "decisions.json")
