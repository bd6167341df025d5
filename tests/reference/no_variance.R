# Log-rank tests without variance, and without an event: what survdiff gives, or says.

source("tests/reference/common.R")

cases <- list(
  one_group_at_risk = list(time = c(1, 3), event = c(0, 1), group = c("a", "b")),
  several_events = list(time = c(1, 2, 5, 6), event = c(0, 0, 1, 1), group = c("b", "b", "a", "a")),
  all_at_once = list(time = c(2, 2), event = c(1, 1), group = c("a", "b")),
  all_on_day_0 = list(time = c(0, 0), event = c(1, 1), group = c("a", "b")),
  no_event = list(time = c(1, 3), event = c(0, 0), group = c("a", "b"))
)

asked <- function(case) {
  answer <- tryCatch(
    {
      test <- suppressWarnings(survdiff(Surv(time, event) ~ group, data = as.data.frame(case)))
      list(p = if (is.nan(test$pvalue)) NULL else test$pvalue, refused = NULL)
    },
    error = function(e) list(p = NULL, refused = conditionMessage(e))
  )
  c(lapply(case, vec), answer)
}

freeze(list(
  provenance = provenance(character(0), file.path(folder, c("common.R", "no_variance.R")), c("survival", "jsonlite")),
  cases = lapply(cases, asked)
), "no_variance.json")
