# Planning: power under accrual by Hmisc, two proportions by stats and Hmisc, exact intervals by stats, Greenwood's
# variance on a grid of a million patients by survival; the expected log-rank test by quadrature and by survdiff in
# simulated studies; events and patients by rpact, design effects by Hmisc, a search by maxstat.

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

# What a patient brings to the log-rank test of two groups whose ratio changes once: events, observed less
# expected of the group and its variance, by quadrature between the bends and, with their Monte Carlo errors,
# by survdiff in simulated studies; then the power of studies of a planned size. Times are in months.
expected <- function(hazard, before, after, change, share, accrual, follow_up, lost, patients, studies = 1000,
                     many = 2000) {
  end <- accrual + follow_up
  leaving <- -log1p(-lost) / 12
  stay <- function(t) ifelse(t <= follow_up, 1, (end - t) / accrual) * exp(-leaving * t)
  ratio <- function(t) ifelse(t < change, before, after)
  spent <- function(t) hazard * (before * pmin(t, change) + after * pmax(t - change, 0))
  mine <- function(t) share * exp(-spent(t)) * stay(t)
  others <- function(t) (1 - share) * exp(-hazard * t) * stay(t)
  deaths <- function(t) hazard * (ratio(t) * mine(t) + others(t))
  part <- function(t) mine(t) / (mine(t) + others(t))
  bends <- sort(unique(pmin(c(0, change, follow_up, end), end)))
  added <- function(f) {
    sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-10)$value, head(bends, -1), tail(bends, -1)))
  }
  by_quadrature <- list(
    events = added(deaths),
    difference = added(function(t) hazard * ratio(t) * mine(t) - part(t) * deaths(t)),
    variance = added(function(t) part(t) * (1 - part(t)) * deaths(t))
  )
  one <- function(n) {
    group <- seq_len(n) <= round(share * n)
    used <- rexp(n)
    early <- used / (hazard * ifelse(group, before, 1))
    late <- change + (used - hazard * ifelse(group, before, 1) * change) / (hazard * ifelse(group, after, 1))
    event <- ifelse(early < change, early, late)
    until <- follow_up + accrual * runif(n)
    if (leaving > 0) until <- pmin(until, rexp(n, leaving))
    test <- survdiff(Surv(pmin(event, until), event <= until) ~ group)
    c(sum(test$obs), test$obs[2] - test$exp[2], test$var[2, 2], test$chisq)
  }
  set.seed(2026)
  drawn <- replicate(studies, one(many))[1:3, ] / many
  found <- replicate(4 * studies, one(patients))
  list(
    hazard = hazard, before = before, after = after, change = change, share = share, accrual = accrual,
    follow_up = follow_up, lost = lost, by_quadrature = by_quadrature,
    by_survdiff = vec(rowMeans(drawn)), errors = vec(apply(drawn, 1, sd) / sqrt(studies)),
    patients = patients, power = mean(found[4, ] > qchisq(0.95, 1)), studies = 4 * studies,
    events = mean(found[1, ])
  )
}

# Events and patients by the formulas of rpact; a patient of group 1 has the ratio, `odds` are theirs.
by_rpact <- function(type, lambda, ratio, odds, accrual, follow_up, lost, power = 0.8) {
  found <- rpact::getSampleSizeSurvival(
    alpha = 0.025, beta = 1 - power, sided = 1, typeOfComputation = type, lambda2 = lambda, hazardRatio = ratio,
    allocationRatioPlanned = odds, accrualTime = c(0, accrual), followUpTime = follow_up,
    dropoutRate1 = lost, dropoutRate2 = lost, dropoutTime = 12
  )
  list(
    type = type, lambda = lambda, ratio = ratio, odds = odds, accrual = accrual, follow_up = follow_up,
    lost = lost, power = power, events = unname(found$eventsFixed[1]), patients = unname(found$nFixed[1])
  )
}

# Limits of a rate of patients who are all followed, by survfit.
limits <- function(n, alive, scale, level = 0.95) {
  curve <- survfit(Surv(rep(c(1, 2), c(n - alive, alive)), rep(c(1, 0), c(n - alive, alive))) ~ 1,
    conf.type = scale, conf.int = level)
  list(n = n, alive = alive, scale = scale, level = level, lower = curve$lower[1], upper = curve$upper[1])
}

# Mean half-width of the 95% interval of a log hazard ratio in Cox's model, everybody followed.
half_width <- function(n, members, studies = 400) {
  group <- seq_len(n) <= members
  set.seed(2026)
  widths <- replicate(studies, {
    diff(confint(coxph(Surv(rexp(n)) ~ group))[1, ]) / 2
  })
  list(n = n, members = members, mean = mean(widths), error = sd(widths) / sqrt(studies))
}

# Clusters of these sizes with an answer of each woman: Hmisc's correlation and design effect.
of_clusters <- function(sizes) {
  set.seed(2026)
  cluster <- rep(seq_along(sizes), sizes)
  answer <- rnorm(length(sizes))[cluster] + rnorm(length(cluster))
  found <- deff(answer, cluster)
  list(sizes = vec(sizes), icc = found[["rho"]], design_effect = found[["deff"]])
}

# Clusters in each group for a test of cluster means: units drawn one by one give the difference.
by_means <- function(each, size, icc, power = 0.8, alpha = 0.05) {
  difference <- (qnorm(1 - alpha / 2) + qnorm(power)) * sqrt(2 / each)
  found <- power.t.test(
    delta = difference, sd = sqrt((1 + (size - 1) * icc) / size), power = power, sig.level = alpha
  )
  list(each = each, size = size, icc = icc, power = power, alpha = alpha, clusters = found$n)
}

# What the best statistic of a search exceeds with these chances, as maxstat has it, and as Lausen and
# Schumacher printed it in their Table 2, which comes with that package.
of_search <- function() {
  least <- c(0.25, 0.4, 0.1)
  chances <- c(0.01, 0.025, 0.05, 0.1)
  grid <- expand.grid(least = least, alpha = chances)
  printed <- new.env()
  load(system.file("results", "LausenTab2.rda", package = "maxstat", mustWork = TRUE), printed)
  list(
    cases = mapply(function(least, alpha) {
      list(least = least, alpha = alpha, value = maxstat::qLausen92(alpha, least, 1 - least))
    }, grid$least, grid$alpha, SIMPLIFY = FALSE),
    printed = data.frame(alpha = rev(chances), printed$LausenTab2)
  )
}

freeze(list(
  provenance = provenance(
    character(0), file.path(folder, c("common.R", "planning.R")), c("survival", "Hmisc", "rpact", "maxstat", "jsonlite")
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
  ),
  expected = list(
    expected(0.01, 2.5, 2.5, 12, 0.7, 36, 36, 0, 120),
    expected(0.01, 3, 1, 12, 0.7, 36, 36, 0, 500),
    expected(0.01, 1, 3, 12, 0.7, 36, 36, 0.1, 150),
    expected(0.02, 0.4, 2, 18, 0.3, 24, 12, 0.2, 400),
    expected(0.015, 8, 2, 6, 0.25, 12, 24, 0, 60),
    expected(0.02, 2, 0.5, 48, 0.5, 12, 24, 0, 110)
  ),
  rpact = list(
    by_rpact("Schoenfeld", 0.01, 2, 1, 36, 36, 0), by_rpact("Schoenfeld", 0.02, 0.6, 3, 24, 12, 0.1, 0.9),
    by_rpact("Freedman", 0.01, 2.5, 2, 36, 36, 0.15), by_rpact("Freedman", 0.03, 0.5, 0.5, 12, 6, 0)
  ),
  limits = list(
    limits(40, 20, "log-log"), limits(87, 80, "log-log"), limits(60, 13, "plain"), limits(55, 22, "log-log", 0.9)
  ),
  half_width = list(half_width(1000, 300)),
  of_clusters = list(of_clusters(rep(8, 30)), of_clusters(c(3, 5, 9, 20, 40, 4, 11, 7, 2, 30))),
  by_means = list(by_means(100, 20, 0.05), by_means(60, 50, 0.02), by_means(43, 10, 0.01, 0.9, 0.01)),
  of_search = of_search()
), "planning.json")
