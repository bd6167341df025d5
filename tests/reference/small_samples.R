# Small samples: exact log-rank by complete enumeration, Brier score, baseline hazard, pooled imputations.

source("tests/reference/common.R")

exact <- function(time, event, group) {
  n <- length(time)
  chisq <- function(members) {
    inside <- is.element(seq_len(n), members)
    survdiff(Surv(time, event) ~ inside)$chisq
  }
  all_ways <- combn(n, sum(group == 1), chisq)
  observed <- chisq(which(group == 1))
  list(
    time = vec(time), event = vec(event), group = vec(group), chisq = observed, ways = length(all_ways),
    at_least = sum(all_ways >= observed * (1 - 1e-9)), exact = mean(all_ways >= observed * (1 - 1e-9)),
    asymptotic = pchisq(observed, 1, lower.tail = FALSE)
  )
}

# The function is in survival, but 3.5 does not export it. Its data have to be visible where it looks.
scores <- function(name, columns, covariates, times) {
  rows <- read.csv(file.path(folder, paste0(name, ".csv")))
  rows <- setNames(rows[c(columns, covariates)], c("time", "event", covariates))
  formula <- reformulate(covariates, "Surv(time, event)")
  fit <- do.call(coxph, list(formula, data = rows, ties = "breslow",
                             control = coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)))
  found <- survival:::brier(fit, times = times)
  curve <- basehaz(fit, centered = FALSE)
  list(
    time = vec(columns[1]), event = vec(columns[2]), covariates = vec(covariates), coef = vec(coef(fit)),
    at = lapply(seq_along(times), function(i) list(
      time = times[i], reference = found$brier[i, 1], score = found$brier[i, 2],
      baseline = c(0, curve$hazard)[1 + findInterval(times[i], curve$time)]
    ))
  )
}


pooled <- function(estimates, variances) {
  m <- length(estimates)
  within <- mean(variances)
  between <- var(estimates)
  total <- within + (1 + 1 / m) * between
  df <- (m - 1) * (1 + within / ((1 + 1 / m) * between))^2
  list(
    estimates = vec(estimates), variances = vec(variances), estimate = mean(estimates), se = sqrt(total),
    df = df, missing = (1 + 1 / m) * between / total,
    limits = vec(mean(estimates) + qt(c(0.025, 0.975), df) * sqrt(total))
  )
}

# Deaths at the times of censorings, a tie between the groups, and a group of one.
months <- c(3, 5, 5, 8, 8, 11, 14, 14, 20, 26)
died <- c(1, 1, 0, 1, 1, 0, 1, 0, 1, 0)
freeze(list(
  provenance = provenance(
    file.path(folder, c("lung.csv", "rossi.csv", "aml.csv")), file.path(folder, c("common.R", "small_samples.R")),
    c("survival", "jsonlite")
  ),
  exact = list(
    ties = exact(months, died, c(1, 1, 0, 0, 1, 0, 0, 1, 0, 0)),
    separate = exact(months, died, c(1, 1, 0, 1, 0, 0, 0, 0, 0, 0)),
    alone = exact(months, died, c(1, rep(0, 9)))
  ),
  scores = list(
    # Times at which patients die, are censored, or both.
    lung = scores("lung", c("time", "died"), c("male", "age", "ecog"), c(4, 180, 185, 365, 883)),
    rossi = scores("rossi", c("week", "arrest"), c("fin", "age", "prio"), c(1, 20, 51)),
    aml = scores("aml", c("time", "relapsed"), "maintained", c(12, 13, 23, 28, 45))
  ),
  pooled = list(
    five = pooled(c(1.1, 0.7, 1.6, 0.9, 1.2), c(0.25, 0.3, 0.28, 0.22, 0.31)),
    two = pooled(c(-0.4, 0.1), c(0.09, 0.16))
  )
), "small_samples.json")
