# What abstracts print besides rates and medians: limits and errors of rates and of medians, means, median
# follow-up, quantiles by all rules, tests of tables, a stratified log-rank test, incidences, and limits
# of hazard ratios.

source("tests/reference/common.R")

TOLERANCE <- sqrt(.Machine$double.eps) # how near to one half counts as one half, as in survfit
SCALES <- c("plain", "log", "log-log", "arcsin")
LEVELS <- c(0.95, 0.8)

# The first time at which a curve is at most one half; NA for one that stays above it.
first <- function(time, heights) {
  below <- which(!is.na(heights) & heights < 0.5 + TOLERANCE)
  if (length(below)) time[below[1]] else NA
}

# A number as it is, a missing one as null.
known <- function(x) if (length(x) == 0 || is.na(x)) NULL else unname(x)

# Median by the rule of SPSS, with a standard error from how steeply the curve falls between 55% and 45%:
# Collett's, as remembered from Modelling Survival Data in Medical Research.
by_density <- function(curve) {
  died <- curve$n.event > 0
  time <- curve$time[died]
  height <- curve$surv[died]
  above <- which(height >= 0.55 - 1e-9)
  below <- which(height <= 0.45 + 1e-9)
  half <- which(height <= 0.5 + 1e-9)
  if (!length(above) || !length(below) || height[half[1]] < 1e-9) return(NULL)
  from <- max(above)
  to <- min(below)
  steepness <- (height[from] - height[to]) / (time[to] - time[from])
  median <- time[half[1]]
  list(median = median, se = summary(curve, times = median)$std.err / steepness)
}

# Area under a curve up to a time, and its standard error as R and, corrected, SAS have it.
of_area <- function(curve, until) {
  found <- summary(curve, rmean = until)$table
  events <- sum(curve$n.event[curve$time <= until])
  list(
    until = until, mean = found[["rmean"]], se = found[["se(rmean)"]],
    corrected = if (events > 1) found[["se(rmean)"]] * sqrt(events / (events - 1)) else NULL
  )
}

# Limits of the rate at each time to which somebody was followed, and those of the median. Before the
# first time `summary` writes limits of 1 by every scale, after it none of 100% by two of them.
of_group <- function(time, event, times) {
  limits <- list()
  for (level in LEVELS) for (scale in SCALES) {
    curve <- survfit(Surv(time, event) ~ 1, conf.type = scale, conf.int = level)
    for (at in times[times >= min(time) & times <= max(time)]) {
      there <- summary(curve, times = at)
      limits[[length(limits) + 1]] <- list(
        time = at, scale = scale, level = level, survival = there$surv, lower = known(there$lower),
        upper = known(there$upper), se = if (there$surv > 0) there$std.err else NULL
      )
    }
  }
  medians <- list()
  for (level in LEVELS) for (scale in SCALES) {
    curve <- survfit(Surv(time, event) ~ 1, conf.type = scale, conf.int = level)
    medians[[length(medians) + 1]] <- list(
      scale = scale, level = level, lower = known(first(curve$time, curve$lower)),
      upper = known(first(curve$time, curve$upper))
    )
  }
  reverse <- survfit(Surv(time, 1 - event) ~ 1)
  list(
    time = vec(time), event = vec(event), limits = limits, medians = medians,
    by_density = by_density(survfit(Surv(time, event) ~ 1)),
    quantiles = lapply(c(0.25, 0.75), function(share) {
      curve <- survfit(Surv(time, event) ~ 1)
      below <- which(curve$surv < 1 - share + TOLERANCE)
      list(share = share, time = known(if (length(below)) curve$time[below[1]] else NA))
    }),
    means = lapply(unique(c(times[times >= min(time) & times <= max(time)], max(time))), function(until) {
      of_area(survfit(Surv(time, event) ~ 1), until)
    }),
    follow_up = known(first(reverse$time, reverse$surv))
  )
}

edges <- read.csv(file.path(folder, "edges.csv"))
aml <- read.csv(file.path(folder, "aml.csv"))
lung <- read.csv(file.path(folder, "lung.csv"))
eyes <- read.csv(file.path(folder, "retinopathy.csv"))
causes <- read.csv(file.path(folder, "competing.csv"))
groups <- c(
  lapply(split(edges, edges$set), function(rows) of_group(rows$time, rows$event, c(1, 2, 3, 5))),
  lapply(split(aml, aml$maintained), function(rows) of_group(rows$time, rows$relapsed, c(5, 13, 31))),
  lapply(split(lung, lung$male), function(rows) of_group(rows$time, rows$died, c(100, 300, 700)))
)
names(groups)[length(groups) - 3:0] <- c("aml 0", "aml 1", "lung 0", "lung 1")

of_column <- function(x) {
  list(
    values = vec(x), mean = mean(x), sd = known(sd(x)),
    quantiles = lapply(1:9, function(rule) {
      vec(quantile(x, c(0.25, 0.75, 0.1, 0.5), type = rule))
    })
  )
}
columns <- lapply(
  list(lung$age[lung$male == 1], lung$age[1:40], c(3, 1, 2), c(5, 5), 7, c(1, 2, 3, 4, 10, 20, 30, 40)),
  of_column
)

of_table <- function(counts) {
  table <- matrix(counts, 2, byrow = TRUE)
  chi <- function(corrected) { # none where a column is empty, which R says by NaN
    known(suppressWarnings(chisq.test(table, correct = corrected)$p.value))
  }
  list(
    counts = vec(counts), fisher = fisher.test(table)$p.value,
    chi_square = chi(FALSE), corrected = chi(TRUE)
  )
}
tables <- lapply(list(
  c(3, 1, 1, 3), c(8, 2, 1, 5), c(10, 0, 0, 10), c(5, 0, 3, 0), c(0, 4, 0, 6), c(1, 0, 0, 1),
  c(12, 5, 29, 2), c(6, 12, 12, 6), c(40, 60, 70, 30), c(2, 3, 3, 2)
), of_table)

stratified <- list(
  lung = survdiff(Surv(time, died) ~ male + strata(ecog), data = lung),
  retinopathy = survdiff(Surv(months, status) ~ treated + strata(juvenile), data = eyes)
)

incidences <- lapply(split(causes, causes$case), function(rows) {
  estimates <- survfit(Surv(time, factor(cause, 0:max(cause))) ~ 1, data = rows)
  quarter <- unique(unname(quantile(rows$time, c(0.25, 0.5, 0.75), type = 1)))
  there <- summary(estimates, times = quarter)$pstate
  column <- match("1", estimates$states)
  list(
    time = vec(rows$time), cause = vec(rows$cause), at = vec(quarter), incidence = vec(matrix(there, ncol = length(estimates$states))[, column]),
    by_cmprsk = vec(cmprsk::timepoints(cmprsk::cuminc(rows$time, rows$cause), quarter)$est["1 1", ])
  )
})

model <- coxph(Surv(time, died) ~ male + age, data = lung, control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
ratios <- lapply(setNames(LEVELS, paste0("level ", LEVELS)), function(level) {
  ends <- exp(confint(model, level = level))
  list(level = level, male = vec(ends["male", ]), age = vec(ends["age", ]))
})

freeze(list(
  provenance = provenance(
    file.path(folder, c("edges.csv", "aml.csv", "lung.csv", "retinopathy.csv", "competing.csv")),
    file.path(folder, c("common.R", "vocabulary.R"))
  ),
  groups = groups, columns = columns, tables = tables,
  stratified = lapply(stratified, function(test) pchisq(test$chisq, 1, lower.tail = FALSE)),
  incidences = incidences, ratios = ratios
), "vocabulary.json")
