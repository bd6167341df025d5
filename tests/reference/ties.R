# Times that survival takes for tied (timefix), in hexadecimal, since it is the last bits that matter.

source("tests/reference/common.R")

hex <- function(x) I(sprintf("%a", x))
cases <- list(
  "sums of tenths" = cumsum(rep(0.1, 30)) - c(0, cumsum(rep(0.1, 29))) + (1:30) %% 3,
  "a sum and its number" = c(0.1 + 0.2, 0.3, 0.7, 0.1 + 0.6),
  "days as months" = c(365 / 30.4375, 12 - 0.25 / 30.4375, (400 - 35) * (1 / 30.4375), 24),
  "a chain of small steps" = 10 + (0:6) * 1e-8,
  "just apart" = c(10, 10 + 2e-7, 10 + 4e-7, 12),
  "near zero" = c(0, 1e-9, 1e-8, 5e-8, 1),
  "large" = c(500, 500 + 5e-6, 500 + 2e-5, 600),
  "one" = 3.5,
  "equal" = c(2, 2, 2)
)
asked <- function(name) {
  given <- cases[[name]]
  equal <- aeqSurv(Surv(given, rep(1, length(given))))[, 1]
  list(name = name, given = hex(given), equal = hex(unname(equal)))
}

freeze(list(
  provenance = provenance(character(0), file.path(folder, c("common.R", "ties.R")), c("survival", "jsonlite")),
  cases = lapply(names(cases), asked)
), "ties.json")
