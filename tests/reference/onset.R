# Interval-censored times in the five printed cells, and exact binomial limits.

source("tests/reference/common.R")

cells <- read.csv(file.path(folder, "onset.csv"))
lower <- ifelse(cells$lower == 0, NA, cells$lower) # survreg has no zero; left-censored is the same
upper <- ifelse(is.finite(cells$upper), cells$upper, NA)

fit <- function(law) {
  found <- survreg(Surv(lower, upper, type = "interval2") ~ 1, weights = cells$patients, dist = law,
                   control = survreg.control(rel.tolerance = 1e-14, maxiter = 500))
  scale <- exp(unname(coef(found)))
  se <- sqrt(diag(found$var))
  list(
    lambda = scale, lambda_se = unname(scale * se[1]), loglik = found$loglik[2],
    rho = 1 / found$scale, rho_se = if (law == "weibull") unname(se[2]) / found$scale else NA
  )
}

at_risk <- rev(cumsum(rev(cells$patients)))
limits <- lapply(seq_along(at_risk), function(i) vec(binom.test(cells$patients[i], at_risk[i])$conf.int))

freeze(list(
  provenance = provenance(file.path(folder, "onset.csv"), file.path(folder, c("common.R", "onset.R"))),
  exponential = fit("exponential"), weibull = fit("weibull"),
  at_risk = vec(at_risk), limits = limits,
  all_of = lapply(c(1, 4, 19), function(n) list(
    n = n, two_sided = vec(binom.test(n, n)$conf.int), one_sided = vec(binom.test(n, n, alternative = "greater")$conf.int)
  )),
  # Clopper and Pearson for numbers that are not whole, as beta quantiles.
  fractional = list(n = 12.5, share = 0.8, limits = vec(c(qbeta(0.025, 10, 3.5), qbeta(0.975, 11, 2.5))))
), "onset.json")
