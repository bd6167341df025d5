# Hazards that are not proportional: weighted log-rank tests and their maximum, split follow-up,
# strata, piecewise hazards, ratios of times, and a share that is cured. For tests/test_hazards.py.

source("tests/reference/common.R")
suppressPackageStartupMessages(library(mvtnorm))

TIGHT <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
inputs <- file.path(folder, c("lung.csv", "rossi.csv", "aml.csv"))
lung <- read.csv(inputs[1])
rossi <- read.csv(inputs[2])
aml <- read.csv(inputs[3])

# ---- weighted log-rank tests, without survdiff: rows of a table a distinct time of events ----

# At risk and events by matrix algebra over patients, one column a time of events.
counts <- function(time, event, group) {
  at <- sort(unique(time[event == 1]))
  risk <- outer(time, at, ">=")
  dies <- outer(time, at, "==") & event == 1
  data.frame(
    n = colSums(risk), n1 = colSums(risk[group == 1, , drop = FALSE]),
    d = colSums(dies), d1 = colSums(dies[group == 1, , drop = FALSE])
  )
}

weights_of <- function(k, rho, gamma) {
  before <- cumprod(c(1, 1 - k$d / k$n))[seq_len(nrow(k))] # Kaplan-Meier just before
  before^rho * (1 - before)^gamma
}

scores <- function(k, w) { # w has a column a test
  expected <- k$d * k$n1 / k$n
  v <- ifelse(k$n > 1, k$d * (k$n1 / k$n) * (1 - k$n1 / k$n) * (k$n - k$d) / pmax(k$n - 1, 1), 0)
  list(u = drop(crossprod(w, k$d1 - expected)), v = crossprod(w, w * v))
}

chisq_of <- function(k, w) {
  s <- scores(k, cbind(w))
  unname(s$u^2 / s$v[1, 1])
}

# Gehan's statistic from all pairs, as he wrote it: +1 where the first surely lived longer.
gehan <- function(time, event, group) {
  a <- which(group == 1)
  b <- which(group != 1)
  sum(outer(a, b, function(i, j) {
    longer <- event[j] == 1 & (time[i] > time[j] | (time[i] == time[j] & event[i] == 0))
    shorter <- event[i] == 1 & (time[j] > time[i] | (time[i] == time[j] & event[j] == 0))
    longer - shorter
  }))
}

# ---- the maximum of several: nested integrals over the three dimensions that the weights span ----

# Gauss-Legendre on an interval, by the eigenvalues of the Jacobi matrix.
legendre <- local({
  k <- seq_len(23)
  j <- matrix(0, 24, 24)
  j[cbind(k, k + 1)] <- j[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
  e <- eigen(j, symmetric = TRUE)
  list(node = e$values, weight = 2 * e$vectors[1, ]^2)
})

beyond <- function(correlation, m) {
  e <- eigen(correlation, symmetric = TRUE)
  keep <- e$values > 1e-10
  rows <- (e$vectors[, keep, drop = FALSE] %*% diag(sqrt(e$values[keep]), sum(keep)))[, 3:1]
  # For a given x, the third coordinate lies between lines in y: below one of `high`, above one of
  # `low`. It is the largest dimension, in which no row is near 0.
  stopifnot(ncol(rows) == 3, all(abs(rows[, 3]) > 0.05))
  slope <- -rows[, 2] / rows[, 3]
  middle <- function(x) {
    centre <- -rows[, 1] * x / rows[, 3]
    half <- m / abs(rows[, 3])
    start <- c(centre - half, centre + half)
    all_slopes <- c(slope, slope)
    cross <- outer(start, start, "-") / -outer(all_slopes, all_slopes, "-")
    cuts <- cross[is.finite(cross) & abs(cross) < 9]
    edges <- sort(unique(c(-9, cuts, 9)))
    sum(vapply(seq_len(length(edges) - 1), function(i) {
      width <- (edges[i + 1] - edges[i]) / 2
      y <- edges[i] + width * (legendre$node + 1)
      high <- apply(outer(slope, y) + (centre + half), 2, min)
      low <- apply(outer(slope, y) + (centre - half), 2, max)
      width * sum(legendre$weight * dnorm(y) * pmax(pnorm(high) - pnorm(low), 0))
    }, 0))
  }
  inside <- integrate(function(x) vapply(x, function(one) dnorm(one) * middle(one), 0), -9, 9,
    rel.tol = 1e-11, abs.tol = 0, subdivisions = 4000
  )
  1 - inside$value
}

FAMILY <- list(c(0, 0), c(0, 1), c(1, 0), c(1, 1))

two_groups <- function(time, event, group) {
  k <- counts(time, event, group)
  w <- sapply(FAMILY, function(p) weights_of(k, p[1], p[2]))
  s <- scores(k, w)
  z <- s$u / sqrt(diag(s$v))
  correlation <- cov2cor(s$v)
  pair <- c(2, 3) # two of them: two dimensions
  three <- c(2, 3, 4) # these span three, and pmvnorm has an exact algorithm for them
  m3 <- max(abs(z[three]))
  list(
    rho = lapply(c(0, 0.5, 1), function(r) survdiff(Surv(time, event) ~ group, rho = r)$chisq),
    fleming_harrington = lapply(list(c(0, 1), c(1, 1), c(0.5, 2), c(2, 0)), function(p) {
      list(p = p[1], q = p[2], chisq = chisq_of(k, weights_of(k, p[1], p[2])))
    }),
    wilcoxon = chisq_of(k, k$n), tarone_ware = chisq_of(k, sqrt(k$n)),
    peto = chisq_of(k, cumprod(1 - k$d / (k$n + 1))),
    gehan = gehan(time, event, group), gehan_score = unname(scores(k, cbind(k$n))$u),
    z = vec(z), covariance = lapply(seq_along(FAMILY), function(i) vec(s$v[i, ])),
    statistic = max(abs(z)), p = beyond(correlation, max(abs(z))),
    p_two = 1 - as.numeric(pmvnorm(-rep(max(abs(z[pair])), 2), rep(max(abs(z[pair])), 2), corr = correlation[pair, pair], algorithm = Miwa(steps = 4096))),
    p_three = 1 - as.numeric(pmvnorm(-rep(m3, 3), rep(m3, 3), corr = correlation[three, three], algorithm = Miwa(steps = 4096)))
  )
}

# ---- follow-up in episodes, strata ----

coefficients_of <- function(fit) {
  list(coef = as.list(coef(fit)), se = as.list(setNames(sqrt(diag(vcov(fit))), names(coef(fit)))), loglik = tail(fit$loglik, 1))
}

split_cox <- function() {
  parts <- survSplit(Surv(time, died) ~ ., lung, cut = c(200, 400), episode = "period")
  parts$early <- parts$male * (parts$period == 1)
  parts$middle <- parts$male * (parts$period == 2)
  parts$late <- parts$male * (parts$period == 3)
  list(
    rows = nrow(parts), events = sum(parts$died),
    person_time = vec(tapply(parts$time - parts$tstart, parts$period, sum)),
    split = coefficients_of(coxph(Surv(tstart, time, died) ~ early + middle + late + age, parts, control = TIGHT)),
    log_time = coefficients_of(coxph(Surv(time, died) ~ male + age + tt(male), lung, tt = function(x, t, ...) x * log(t), control = TIGHT)),
    strata = coefficients_of(coxph(Surv(time, died) ~ male + age + strata(ecog), lung, control = TIGHT)),
    strata_rossi = coefficients_of(coxph(Surv(week, arrest) ~ fin + age + strata(race), rossi, control = TIGHT)),
    poisson = coefficients_of(glm(died ~ 0 + factor(period) + early + middle + late + offset(log(time - tstart)),
      poisson, parts, epsilon = 1e-14, maxit = 100
    ))
  )
}

# ---- ratios of times ----

accelerated <- function(law) {
  fit <- survreg(Surv(time, died) ~ male + age, lung, dist = law, control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
  list(
    coef = as.list(coef(fit)), se = as.list(sqrt(diag(vcov(fit)))[names(coef(fit))]),
    scale = fit$scale, loglik = fit$loglik[2],
    log_hazard_ratio = if (law == "weibull") as.list(-coef(fit)[-1] / fit$scale) else NULL
  )
}

# ---- a share that is cured: Weibull times for the others ----

cured <- function() {
  set.seed(11)
  n <- 300
  never <- runif(n) < 0.4
  time <- ifelse(never, Inf, rweibull(n, 1.3, 14))
  end <- runif(n, 24, 96)
  event <- as.integer(time <= end)
  time <- round(pmin(time, end), 1) + 0.1
  minus <- function(par, share) { # log shape, log scale
    k <- exp(par[1])
    s <- exp(par[2])
    if (is.null(share)) share <- plogis(par[3])
    h <- (time / s)^k
    -sum(event * (log1p(-share) + log(k) - log(s) + (k - 1) * log(time / s) - h) +
      (1 - event) * log(share + (1 - share) * exp(-h)))
  }
  polish <- function(start, share) {
    for (i in 1:6) start <- optim(start, minus, share = share, method = "BFGS", control = list(reltol = 1e-16, maxit = 2000))$par
    list(par = start, loglik = -minus(start, share))
  }
  best <- polish(c(0, log(12), 0), NULL)
  shares <- c(0, 0.2, 0.35, 0.5)
  list(
    time = vec(time), event = vec(event),
    share = plogis(best$par[3]), shape = exp(best$par[1]), scale = exp(best$par[2]), loglik = best$loglik,
    profile = lapply(shares, function(share) {
      found <- polish(c(0, log(12)), share)
      list(share = share, shape = exp(found$par[1]), scale = exp(found$par[2]), loglik = found$loglik)
    })
  )
}

# ---- residuals of a Cox model ----

residual_kinds <- function(data) {
  fit <- coxph(Surv(time, died) ~ male + age, data, control = TIGHT)
  list(
    martingale = vec(residuals(fit, "martingale")), deviance = vec(residuals(fit, "deviance")),
    score = vec(residuals(fit, "score")[, "age"]), schoenfeld = vec(residuals(fit, "schoenfeld")[, "age"])
  )
}

freeze(list(
  provenance = provenance(inputs, file.path(folder, c("common.R", "hazards.R")), c("survival", "mvtnorm", "jsonlite")),
  family = FAMILY,
  tests = list(
    lung = two_groups(lung$time, lung$died, lung$male),
    rossi = two_groups(rossi$week, rossi$arrest, rossi$fin),
    aml = two_groups(aml$time, aml$relapsed, aml$maintained)
  ),
  cox = split_cox(),
  accelerated = list(weibull = accelerated("weibull"), lognormal = accelerated("lognormal"), loglogistic = accelerated("loglogistic")),
  cured = cured(),
  residuals = residual_kinds(lung),
  residuals_untied = residual_kinds(transform(lung, time = time + seq_along(time) / 1000))
), "hazards.json")
