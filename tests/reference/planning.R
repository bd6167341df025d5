# Planning: power under accrual by Hmisc, two proportions by stats and Hmisc, exact intervals by stats, and
# Greenwood's variance on a grid of a million patients by survival.

source("tests/reference/common.R")
suppressPackageStartupMessages(library(Hmisc))

# Times are in years here; mortality at `tref`, reduction in percent.
two_groups <- function(tref, nc, ni, mc, r, accrual, tmin, alpha = 0.05) {
  list(
    tref = tref, nc = nc, ni = ni, mc = mc, r = r, accrual = accrual, tmin = tmin, alpha = alpha,
    power = unname(cpower(tref, nc + ni, mc, r, accrual, tmin, alpha = alpha, nc = nc, ni = ni, pr = FALSE))
  )
}

four_cells <- function(tref, n1, n2, m1c, m2c, r1, r2, accrual, tmin, alpha = 0.05) {
  list(
    tref = tref, n1 = n1, n2 = n2, m1c = m1c, m2c = m2c, r1 = r1, r2 = r2, accrual = accrual, tmin = tmin,
    alpha = alpha, power = unname(ciapower(tref, n1, n2, m1c, m2c, r1, r2, accrual, tmin, alpha, pr = FALSE))
  )
}

proportions <- function(p1, p2, power, alpha = 0.05) {
  list(
    p1 = p1, p2 = p2, power = power, alpha = alpha,
    each = power.prop.test(p1 = p1, p2 = p2, power = power, sig.level = alpha)$n,
    hmisc = unname(bsamsize(p1, p2, power = power, alpha = alpha)[1])
  )
}

# The number of patients from which on neither limit lies further away than was asked.
exact <- function(survival, points, most) {
  far <- vapply(seq_len(most), function(n) {
    alive <- round(survival * n)
    ends <- binom.test(alive, n)$conf.int
    max(alive / n - ends[1], ends[2] - alive / n) > points
  }, TRUE)
  list(survival = survival, points = points, most = most, patients = max(which(far)) + 1)
}

# Every pair of a quantile of the time to the event and one of the time followed.
censored <- function(survival, months, accrual, follow_up, lost, grid = 1000) {
  quantile <- (seq_len(grid) - 0.5) / grid
  event <- log(quantile) / log(survival) * months
  fine <- seq(0, accrual + follow_up, length.out = 200001)
  by_date <- if (accrual > 0) pmin(1, (accrual + follow_up - fine) / accrual) else rep(1, length(fine))
  followed <- by_date * exp(log(1 - lost) / 12 * fine)
  # From the last quantile of those who stay to the end on, they leave at the end.
  leaves <- rep(accrual + follow_up, grid)
  early <- quantile > min(followed)
  if (any(early)) {
    leaves[early] <- approx(rev(followed), rev(fine), xout = quantile[early], rule = 2, ties = "max")$y
  }
  pair <- expand.grid(event = event, leaves = leaves)
  time <- pmin(pair$event, pair$leaves)
  fit <- survfit(Surv(time, pair$event <= pair$leaves) ~ 1)
  at <- summary(fit, times = months)
  list(
    survival = survival, months = months, accrual = accrual, follow_up = follow_up, lost = lost,
    estimate = at$surv, inflation = at$std.err^2 * nrow(pair) / (survival * (1 - survival))
  )
}

freeze(list(
  provenance = provenance(
    character(0), file.path(folder, c("common.R", "planning.R")), c("survival", "Hmisc", "jsonlite")
  ),
  two_groups = list(
    two_groups(5, 7000, 7000, 0.18, 10, 1.5, 5),
    two_groups(3, 60, 40, 0.083, -500, 3, 3),
    two_groups(3, 120, 180, 0.4, 35, 4, 0.5, 0.01),
    two_groups(2, 50, 50, 0.5, 30, 0.001, 2)
  ),
  four_cells = list(
    # The example of the help page.
    four_cells(5, 14000 * 0.75, 14000 * 0.25, 0.18, 0.23, 15, 0, 1.5, 5),
    four_cells(3, 400, 600, 0.2, 0.7, 10, 45, 3, 3),
    four_cells(3, 100, 100, 0.5, 0.5, 0, 40, 2, 1, 0.1)
  ),
  proportions = list(
    proportions(0.5, 0.75, 0.9), proportions(0.864, 0.6, 0.8), proportions(0.024, 0.07, 0.8, 0.01)
  ),
  exact = list(exact(0.5, 0.1, 400), exact(0.917, 0.1, 400), exact(0.216, 0.05, 900)),
  censored = list(
    censored(0.5, 36, 0, 36, 0), censored(0.5, 36, 0, 36, 0.25), censored(0.216, 36, 36, 12, 0),
    censored(0.917, 36, 48, 0, 0.1)
  )
), "planning.json")
