# Reference values by survival and maxstat for tests/test_batch_against_r.py: helpers.batch.

suppressPackageStartupMessages(library(maxstat))
source("tests/reference/common.R")
source("tests/reference/firth.R")

TIGHT <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
TIMES <- c(0, 1, 3, 5, 10, 20, 36, 60, 200)

curve <- function(time, event) {
  fit <- survfit(Surv(time, event) ~ 1)
  at <- lapply(TIMES, function(when) {
    s <- summary(fit, times = when, extend = TRUE)
    known <- any(time >= when) || s$surv == 0
    list(
      time = when, survival = if (known) s$surv else NA,
      at_risk = sum(time >= when), events = sum(event[time <= when])
    )
  })
  list(at = at, median = unname(summary(fit)$table["median"]))
}

log_rank <- function(time, event, group) {
  test <- survdiff(Surv(time, event) ~ group)
  list(
    observed = test$obs[2], expected = test$exp[2], variance = test$var[2, 2],
    chi2 = test$chisq, p = pchisq(test$chisq, 1, lower.tail = FALSE)
  )
}

cox <- function(time, event, x, ties) {
  fit <- suppressWarnings(coxph(Surv(time, event) ~ x, ties = ties, control = TIGHT))
  infinite <- max(sqrt(diag(fit$var)) * apply(x, 2, sd)) > 100
  if (infinite) return(list(infinite = TRUE, log_likelihood = fit$loglik))
  table <- summary(fit)
  list(
    infinite = FALSE, coef = vec(coef(fit)), se = vec(sqrt(diag(fit$var))),
    covariance = unname(apply(fit$var, 1, vec, simplify = FALSE)), p = vec(table$coefficients[, "Pr(>|z|)"]),
    log_likelihood = fit$loglik, score = fit$score, score_p = unname(table$sctest["pvalue"]),
    lr = unname(table$logtest["test"]), lr_p = unname(table$logtest["pvalue"])
  )
}

firth <- function(time, event, x, ties)
  firth_cox(time, event, x, method = ties)[c("coef", "se", "chisq", "p")]

pairs <- function(time, event, risk) {
  found <- concordance(Surv(time, event) ~ risk, reverse = TRUE)
  counts <- as.list(found$count[c("concordant", "discordant", "tied.x")])
  c(setNames(counts, c("concordant", "discordant", "tied")), index = found$concordance)
}

cutpoint <- function(time, event, x) {
  test <- function(method)
    maxstat.test(Surv(time, event) ~ x, data.frame(time, event, x), smethod = "LogRank", pmethod = method)
  first <- test("Lau92")
  list(
    cut = unname(first$estimate), statistic = unname(first$statistic),
    p_1992 = first$p.value, p_1994 = test("Lau94")$p.value
  )
}

one <- function(rows) {
  x <- as.matrix(rows[paste0("x", 1:6)])
  x <- x[, colSums(is.na(x)) == 0, drop = FALSE]
  with(rows, list(
    curve = curve(time, event), group = log_rank(time, event, group),
    cox = list(efron = cox(time, event, x, "efron"), breslow = cox(time, event, x, "breslow")),
    firth = list(efron = firth(time, event, x, "efron"), breslow = firth(time, event, x, "breslow")),
    concordance = lapply(seq_len(ncol(x)), function(j) pairs(time, event, x[, j])),
    cutpoint = lapply(seq_len(ncol(x))[apply(x, 2, function(v) length(unique(v)) > 2)], function(j)
      c(covariate = j - 1, cutpoint(time, event, x[, j])))
  ))
}

drawn <- read.csv(file.path(folder, "batch.csv"))
# Of a set in which the curve stands at one half, or never comes to it, the medians alone.
edges <- read.csv(file.path(folder, "edges.csv"))
freeze(list(
  provenance = provenance(
    file.path(folder, c("batch.csv", "edges.csv")), file.path(folder, c("common.R", "firth.R", "batch.R")),
    c("survival", "maxstat", "exactRankTests", "jsonlite")
  ),
  cases = lapply(split(drawn, drawn$case), one),
  curves = lapply(split(edges, edges$set), function(rows) curve(rows$time, rows$event))
), "batch.json")
