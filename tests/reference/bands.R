# Bands of a whole survival curve and life tables, for tests/analyses/test_bands.py: by the packages km.ci
# and KMsurv, and by survfit with a critical value from an integral.

suppressPackageStartupMessages(library(km.ci))
library(KMsurv)
source("tests/reference/common.R")

# P(a bridge stays between -c and c up to a): over where it is at a, the probability not to have left on the way.
stays <- function(c, a) {
  on_the_way <- function(x) {
    there <- outer(x, -30:30, function(x, j) {
      exp(-((x + 4 * j * c)^2 - x^2) / (2 * a)) - exp(-(((4 * j + 2) * c - x)^2 - x^2) / (2 * a))
    })
    rowSums(there) * dnorm(x, sd = sqrt(a * (1 - a)))
  }
  integrate(on_the_way, -c, c, rel.tol = 1e-11, subdivisions = 1000)$value
}
critical <- function(a, level) uniroot(function(c) stays(c, a) - level, c(0.1, 3), tol = 1e-12)$root

band <- function(data) {
  fit <- survfit(Surv(time, event) ~ 1, data, conf.type = "log-log")
  some <- fit$n.event > 0 & fit$surv > 0
  found <- list(
    time = vec(fit$time[some]), survival = vec(fit$surv[some]),
    lower_at_one_time = vec(fit$lower[some]), upper_at_one_time = vec(fit$upper[some])
  )
  if (!any(some)) return(found)
  n <- fit$n
  spread <- n * fit$std.err[some]^2 # std.err of survfit is that of log S
  a <- max(spread) / (1 + max(spread))
  c <- critical(a, 0.95)
  ends <- outer(c(-1, 1), c * (1 + spread) / sqrt(n))
  found <- c(found, list(
    a = a, critical = c,
    lower = vec(pmax(0, fit$surv[some] * (1 + ends[1, ]))), upper = vec(pmin(1, fit$surv[some] * (1 + ends[2, ])))
  ))
  if (sum(some) < 10) return(found) # km.ci is at home in larger sets
  theirs <- km.ci(fit, conf.level = 0.95, method = "hall-wellner")
  kept <- theirs$n.event > 0 & theirs$surv > 0
  stopifnot(all.equal(theirs$time[kept], fit$time[some]))
  # It does not cut its band at 0 and 1, which tells the margin.
  c(found, list(km_ci = list(lower = vec(theirs$lower[kept]), upper = vec(theirs$upper[kept]))))
}

# An interval holds its end; one empty interval more, since lifetab gives survival where an interval begins.
life_table <- function(data, width) {
  edges <- seq(0, width * ceiling(max(data$time) / width), width)
  place <- cut(data$time, edges, include.lowest = TRUE)
  deaths <- as.vector(tapply(data$event, place, sum, default = 0))
  lost <- as.vector(table(place)) - deaths
  n <- length(deaths)
  table <- lifetab(c(edges, max(edges) + width), nrow(data), c(lost, 0), c(deaths, 0))
  list(
    edges = vec(edges), entering = vec(table$nsubs[1:n]), lost = vec(lost), deaths = vec(deaths),
    exposed = vec(table$nrisk[1:n]), survival = vec(table$surv[-1])
  )
}

sets <- list(
  aml = with(read.csv(file.path(folder, "aml.csv")), data.frame(time, event = relapsed)),
  lung = with(read.csv(file.path(folder, "lung.csv")), data.frame(time, event = died)),
  mgus2 = with(read.csv(file.path(folder, "mgus2.csv")), data.frame(time = months, event = as.integer(cause > 0)))
)
edges <- read.csv(file.path(folder, "edges.csv"))
for (name in unique(edges$set)) sets[[name]] <- edges[edges$set == name, c("time", "event")]
width <- c(aml = 12, lung = 90, mgus2 = 12)

# The tables of km.ci, for a bridge from 0 to 0.1, 0.12 and so on to 1.
tabled <- list("0.1" = km.ci:::critical.value.hall.90, "0.05" = km.ci:::critical.value.hall.95, "0.01" = km.ci:::critical.value.hall.99)

freeze(list(
  provenance = provenance(
    file.path(folder, c("aml.csv", "lung.csv", "mgus2.csv", "edges.csv")),
    file.path(folder, c("common.R", "bands.R")),
    c("survival", "km.ci", "KMsurv", "jsonlite")
  ),
  bands = lapply(sets, band),
  critical = lapply(c(0.1, 0.25, 0.5, 0.75, 0.9, 0.99), function(a) {
    list(a = a, values = vec(vapply(c(0.9, 0.95, 0.99), function(level) critical(a, level), 0)))
  }),
  km_ci_tables = lapply(tabled, function(table) vec(as.numeric(table[, 1]))),
  life_tables = Map(function(data, name) life_table(data, if (name %in% names(width)) width[[name]] else 2), sets, names(sets))
), "bands.json")
