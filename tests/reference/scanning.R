# Growth and scans, for tests/analyses/test_surveillance.py: laws of growth solved step by step from their
# differential equations, scans at equal distances counted day by day, the distribution of diameters at
# finding by quadrature, and growth fitted by another optimiser to lesions drawn here.

source("tests/reference/common.R")

DAYS_A_MONTH <- 365.25 / 12

# Growth of the diameter, but for its rate.
LAWS <- list(
  "exponential" = function(d, top, a) d,
  "Gompertz" = function(d, top, a) d * log(top / d),
  "logistic" = function(d, top, a) d * (1 - d / top),
  "power law" = function(d, top, a) a * d^(1 - 1 / a)
)

# Diameter after a time, by Runge and Kutta's rule.
solved <- function(law, from, top, a, rate, time, steps = 2000) {
  f <- function(d) rate * LAWS[[law]](d, top, a)
  d <- from
  h <- time / steps
  for (i in seq_len(steps)) {
    k1 <- f(d)
    k2 <- f(d + h * k1 / 2)
    k3 <- f(d + h * k2 / 2)
    k4 <- f(d + h * k3)
    d <- d + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
  }
  d
}

# Of a path from one diameter to another in one unit of its clock; doubling of the volume at the second, where
# the path takes so many months.
path <- function(law, from, to, top, a, months) {
  high <- 1
  while (solved(law, from, top, a, high, 1) < to) high <- 2 * high
  rate <- uniroot(function(rate) solved(law, from, top, a, rate, 1) - to, c(0, high), tol = 1e-12)$root
  clock <- c(0.2, 0.7, 1, 1.4)
  pace <- rate * LAWS[[law]](to, top, a) / to
  list(
    law = law, from = from, to = to, top = top, exponent = a, months = months, clock = vec(clock),
    diameters = vec(vapply(clock, function(t) solved(law, from, top, a, rate, t), 0)), pace = pace,
    doubling_days = DAYS_A_MONTH * months * log(2) / (3 * pace)
  )
}

# Lesions that become visible in the middle of each of a million parts of an interval, and all scans after.
counted <- function(gap, window, felt, seen, parts = 1e6) {
  waits <- (seq_len(parts) - 0.5) / parts * gap
  small <- scan <- lead <- 0
  missed <- 0
  while (seen * (1 - seen)^missed > 1e-12 && missed * gap <= felt) {
    age <- waits + missed * gap
    chance <- seen * (1 - seen)^missed
    scan <- scan + chance * mean(age <= felt)
    small <- small + chance * mean(age <= pmin(window, felt))
    if (is.finite(felt)) lead <- lead + chance * mean(pmax(felt - age, 0))
    missed <- missed + 1
  }
  list(
    gap = gap, window = window, felt = if (is.finite(felt)) felt else NULL, seen = seen, small = small,
    by_scan = scan, lead = if (is.finite(felt)) lead else NULL
  )
}

# Share found small where the intervals between scans, or those of the lesions found, are spread evenly up to
# a window and lesions stay small for so many months.
even <- function(window, months, parts = 1e6) {
  gaps <- (seq_len(parts) - 0.5) / parts * window
  small <- pmin(months / gaps, 1)
  list(
    window = window, months = months, of_lesions = mean(small), between_scans = weighted.mean(small, gaps)
  )
}

logistic <- function(log_mm, half, steepness) plogis(steepness * (log_mm - log(half)))

# Of lesions with one rate that the scan before missed and this one shows, those up to a diameter.
below <- function(mm, gap, rate, half, steepness) {
  f <- function(x) logistic(x, half, steepness) * (1 - logistic(x - rate * gap, half, steepness))
  to <- function(end) integrate(f, log(half) - 12, end, rel.tol = 1e-10, subdivisions = 1000)$value
  middle <- log(half) + rate * gap
  whole <- to(middle) + integrate(f, middle, middle + 12, rel.tol = 1e-10)$value
  list(
    mm = mm, gap = gap, rate = rate, half = half, steepness = steepness, share = to(log(mm)) / whole
  )
}

# The same where rates differ, log-normal, and the threshold is sharp.
of_all <- function(mm, gap, rate, spread, half) {
  f <- function(z) dnorm(z) * pmin(pmax(log(mm / half) / (rate * exp(spread * z) * gap), 0), 1)
  bend <- log(log(mm / half) / (rate * gap)) / spread
  integrate(f, -9, min(max(bend, -9), 9), rel.tol = 1e-11)$value +
    integrate(f, min(max(bend, -9), 9), 9, rel.tol = 1e-11)$value
}

# Lesions found by scans at any distance up to a year, and the rate and its spread that fit them best, by
# optim: the chance of a rounded diameter given the interval.
fitted <- function(count, rate, spread, half, felt) {
  set.seed(2026)
  gap <- size <- numeric(0)
  while (length(size) < count) {
    g <- runif(1, 1, 12)
    d <- half * exp(rate * exp(spread * rnorm(1)) * runif(1, 0, g))
    if (d < felt) {
      gap <- c(gap, g)
      size <- c(size, d)
    }
  }
  gap <- round(gap, 2)
  size <- round(size)
  minus <- function(p) {
    share <- function(mm, g) if (mm <= half) 0 else of_all(mm, g, exp(p[1]), exp(p[2]), half)
    chance <- mapply(function(d, g) {
      (share(min(d + 0.5, felt), g) - share(min(d - 0.5, felt), g)) / share(felt, g)
    }, size, gap)
    -sum(log(pmax(chance, 1e-300)))
  }
  best <- optim(log(c(rate, spread)), minus, control = list(reltol = 1e-12, maxit = 2000))
  list(
    gap = vec(gap), size = vec(size), half = half, felt = felt, rate = exp(best$par[1]),
    spread = exp(best$par[2]), log_likelihood = -best$value
  )
}

# Mean time after a closed cell of 12 months if its hazard goes on: half of those at risk in it, and so on.
tail_of <- function(width, inside, later) {
  hazard <- uniroot(function(h) pexp(width, h) - inside / (inside + later), c(1e-9, 5), tol = 1e-14)$root
  list(width = width, inside = inside, later = later, mean = 1 / hazard)
}

# Growth with a given final diameter fitted by nls, written for the months to a diameter, and their profile.
with_top <- function(law, top, to = 15) {
  months <- c(1, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 11, 12, 14)
  mm <- c(6, 9, 7, 8, 12, 10, 9, 14, 12, 15, 13, 19, 17, 26, 22, 29)
  fit <- if (law == "Gompertz") {
    nls(mm ~ top * (to / top)^exp(-k * (months - time)), start = list(k = 0.1, time = 6))
  } else {
    nls(mm ~ top / (1 + (top / to - 1) * exp(-k * (months - time))), start = list(k = 0.15, time = 6))
  }
  ends <- suppressMessages(confint(fit))
  list(
    law = law, top = top, to = to, months = vec(months), mm = vec(mm), rate = coef(fit)[["k"]],
    time = coef(fit)[["time"]], se = summary(fit)$coefficients["time", 2], lower = ends["time", 1],
    upper = ends["time", 2]
  )
}

freeze(list(
  provenance = provenance(
    character(0), file.path(folder, c("common.R", "scanning.R")), c("survival", "jsonlite")
  ),
  paths = list(
    path("exponential", 5, 15, 200, 1, 5.8), path("Gompertz", 5, 15, 60, 1, 5.8),
    path("logistic", 2, 15, 40, 1, 5.8), path("power law", 4, 15, 90, 2, 3), path("power law", 7, 15, 90, 1, 9)
  ),
  steady = list(
    counted(6, 5.8, 9.5, 1), counted(3, 5.8, 9.5, 0.7), counted(12, 5.8, 9.5, 0.72), counted(4, 9, Inf, 0.5)
  ),
  even = list(even(6, 2.2), even(6, 4.7), even(12, 5.8)),
  below = list(
    below(4, 6, 0.19, 5, 6), below(9, 6, 0.19, 5, 6), below(14, 6, 0.19, 5, 6), below(6, 3, 0.4, 2.6, 12)
  ),
  of_all = lapply(list(c(5.5, 6, 0.19, 0.7), c(9, 6, 0.19, 0.7), c(20, 12, 0.3, 1.1)), function(p) {
    list(mm = p[1], gap = p[2], rate = p[3], spread = p[4], half = 5, share = of_all(p[1], p[2], p[3], p[4], 5))
  }),
  lognormal = list(median = 5.8, spread = 0.9, count = 7, points = vec(qlnorm((1:7 - 0.5) / 7, log(5.8), 0.9))),
  sensitivity = list(
    half = 5, steepness = 6, most = 0.9, mm = vec(c(1, 4, 5, 9, 30)),
    seen = vec(0.9 * logistic(log(c(1, 4, 5, 9, 30)), 5, 6))
  ),
  fitted = list(fitted(80, 0.19, 0.6, 5, 30)),
  tail = list(tail_of(12, 5, 4), tail_of(12, 1, 30)),
  with_top = list(with_top("Gompertz", 60), with_top("logistic", 60))
), "scanning.json")
