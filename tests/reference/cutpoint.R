# Cut-points and the functional form of a covariate, for tests/test_cutpoint.py: ages in lung and rossi.

suppressPackageStartupMessages(library(maxstat))
library(splines)
source("tests/reference/common.R")

TIGHT <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)

searched <- function(time, event, x) {
  test <- function(...) maxstat.test(Surv(time, event) ~ x, data.frame(time, event, x), smethod = "LogRank", ...)
  first <- test(pmethod = "Lau92")
  set.seed(2023)
  drawn <- 20000
  list(
    cut = unname(first$estimate), statistic = unname(first$statistic),
    cuts = vec(first$cuts), statistics = vec(first$stats),
    p_1992 = first$p.value, p_1994 = test(pmethod = "Lau94")$p.value,
    permutations = drawn, p_permutation = test(pmethod = "condMC", B = drawn)$p.value
  )
}

# Log hazard of patients of these values against one of the reference value, with its standard error.
against <- function(fit, basis, at, reference) {
  l <- predict(basis, at) - predict(basis, reference)[rep(1, length(at)), , drop = FALSE]
  list(
    at = vec(at), reference = reference,
    log_hazard_ratio = vec(drop(l %*% coef(fit))), se = vec(sqrt(diag(l %*% vcov(fit) %*% t(l))))
  )
}

shape <- function(time, event, x, knots, at, reference) {
  basis <- ns(x, knots = knots, Boundary.knots = range(x))
  curved <- coxph(Surv(time, event) ~ basis, control = TIGHT)
  straight <- coxph(Surv(time, event) ~ x, control = TIGHT)
  chi2 <- 2 * (curved$loglik[2] - straight$loglik[2])
  list(
    knots = vec(knots), log_likelihood = curved$loglik[2], log_likelihood_straight = straight$loglik[2],
    chi2 = chi2, df = ncol(basis) - 1, p = pchisq(chi2, ncol(basis) - 1, lower.tail = FALSE),
    curve = against(curved, basis, at, reference)
  )
}

one <- function(time, event, x, knots, at, reference) list(
  searched = searched(time, event, x),
  shape = shape(time, event, x, knots, at, reference),
  # Without a covariate: a death, or none, less the hazard gathered by then.
  martingale = vec(residuals(coxph(Surv(time, event) ~ 1, ties = "breslow"), type = "martingale"))
)

lung <- read.csv(file.path(folder, "lung.csv"))
rossi <- read.csv(file.path(folder, "rossi.csv"))
freeze(list(
  provenance = provenance(
    file.path(folder, c("lung.csv", "rossi.csv")), file.path(folder, c("common.R", "cutpoint.R")),
    c("survival", "maxstat", "exactRankTests", "jsonlite")
  ),
  cases = list(
    lung = with(lung, one(time, died, age, c(58, 66), c(39, 50, 58, 63, 70, 82), 63)),
    rossi = with(rossi, one(week, arrest, age, c(20, 26), c(17, 20, 24, 31, 44), 24))
  )
), "cutpoint.json")
