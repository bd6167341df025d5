# Reference values by the packages survival and cmprsk, for tests/test_against_r.py.
# Run from the root of the repository by tests/reference/run.sh.

suppressPackageStartupMessages(library(cmprsk))
source("tests/reference/common.R")
source("tests/reference/firth.R")

INTERVALS <- c("plain", "log", "log-log")
TRANSFORMS <- c("km", "identity", "rank", "log")
TIGHT <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

curve <- function(time, event, interval = "log") survfit(Surv(time, event) ~ 1, conf.type = interval)

at_time <- function(time, event, at) {
  shown <- lapply(INTERVALS, function(kind) summary(curve(time, event, kind), times = at, extend = TRUE))
  last <- shown[[1]]
  known <- any(time >= at) || last$surv == 0
  bounds <- lapply(shown, function(s) vec(if (known) c(s$lower, s$upper) else c(NA, NA)))
  list(
    time = at,
    at_risk = sum(time >= at), # summary() prints n.risk of the next event time, the same number
    n_risk = last$n.risk, n_event = last$n.event, n_censor = last$n.censor,
    survival = if (known) last$surv else NA,
    std_err = if (known) last$std.err else NA,
    intervals = setNames(bounds, INTERVALS)
  )
}

median_of <- function(time, event) {
  tables <- lapply(INTERVALS, function(kind) summary(curve(time, event, kind))$table)
  list(
    estimate = unname(tables[[1]]["median"]),
    intervals = setNames(lapply(tables, function(t) vec(t[c("0.95LCL", "0.95UCL")])), INTERVALS)
  )
}

mean_up_to <- function(time, event, horizon) {
  fit <- curve(time, event)
  if (max(time) < horizon && min(fit$surv) > 0) return(list(estimate = NA, se = NA))
  table <- summary(fit, rmean = horizon)$table
  list(estimate = unname(table["rmean"]), se = unname(table["se(rmean)"]))
}

one_group <- function(time, event, times, horizon) {
  list(
    n = length(time), events = sum(event),
    at = lapply(times, function(at) at_time(time, event, at)),
    median = median_of(time, event),
    reverse_median = median_of(time, 1 - event)$estimate,
    rmst = mean_up_to(time, event, horizon)
  )
}

# Klein et al. 2007: difference of log(-log S) over its standard error; the plain interval of the difference.
compared_at <- function(groups, at) {
  parts <- lapply(groups, function(g) {
    s <- summary(curve(g$time, g$event), times = at, extend = TRUE)
    c(log(-log(s$surv)), (s$std.err / (s$surv * log(s$surv)))^2, s$surv, s$std.err)
  })
  chisq <- (parts[[1]][1] - parts[[2]][1])^2 / (parts[[1]][2] + parts[[2]][2])
  difference <- parts[[1]][3] - parts[[2]][3]
  ends <- difference + c(-1, 1) * qnorm(0.975) * sqrt(parts[[1]][4]^2 + parts[[2]][4]^2)
  if (any(c(parts[[1]][3], parts[[2]][3]) %in% c(0, 1))) ends <- c(NA, NA) # Greenwood knows nothing of them
  list(time = at, chisq = chisq, p = pchisq(chisq, 1, lower.tail = FALSE), difference = difference, interval = vec(ends))
}

log_rank <- function(time, event, group) {
  test <- survdiff(Surv(time, event) ~ group)
  df <- length(test$n) - 1
  list(chisq = test$chisq, df = df, p = pchisq(test$chisq, df, lower.tail = FALSE),
       expected = vec(test$exp), variance = test$var[1, 1])
}

cox <- function(frame, time, event, covariates, residuals = FALSE) {
  formula <- reformulate(covariates, sprintf("Surv(%s, %s)", time, event))
  fit <- coxph(formula, frame, ties = "efron", control = TIGHT, x = TRUE)
  tests <- lapply(TRANSFORMS, function(kind) {
    zph <- cox.zph(fit, transform = kind)
    c(
      list(terms = vec(rownames(zph$table)), chisq = vec(zph$table[, "chisq"]), p = vec(zph$table[, "p"])),
      if (residuals) list(transformed = vec(zph$x))
    )
  })
  table <- summary(fit)$coefficients
  list(
    terms = vec(covariates), coef = vec(coef(fit)), se = vec(sqrt(diag(vcov(fit)))),
    p = vec(table[, "Pr(>|z|)"]), loglik = vec(fit$loglik),
    concordance = unname(concordance(fit)$concordance),
    zph = setNames(tests, TRANSFORMS),
    residuals = if (residuals) {
      zph <- cox.zph(fit) # the same for every transform
      list(time = vec(zph$time), scaled = lapply(as.list(as.data.frame(zph$y)), vec))
    }
  )
}

incidence <- function(time, cause, times) {
  causes <- sort(setdiff(unique(cause), 0))
  state <- factor(cause, c(0, causes))
  fit <- survfit(Surv(time, state) ~ 1, conf.type = "log-log")
  gray <- timepoints(cuminc(time, cause), times)
  list(
    time = vec(fit$time), causes = vec(causes),
    estimate = lapply(seq_along(causes), function(k) vec(fit$pstate[, k + 1])),
    se = lapply(seq_along(causes), function(k) vec(fit$std.err[, k + 1])),
    lower = lapply(seq_along(causes), function(k) vec(fit$lower[, k + 1])),
    upper = lapply(seq_along(causes), function(k) vec(fit$upper[, k + 1])),
    cmprsk = list(
      times = vec(times),
      estimate = lapply(seq_along(causes), function(k) vec(gray$est[k, ])),
      variance = lapply(seq_along(causes), function(k) vec(gray$var[k, ]))
    )
  )
}

analysis <- function(frame, time, event, group = NULL, times, horizon,
                     covariates = NULL, cause = NULL, firth = FALSE) {
  t <- frame[[time]]
  e <- frame[[event]]
  g <- if (is.null(group)) rep("all", length(t)) else frame[[group]]
  rows <- split(seq_along(t), g)
  result <- list(
    spec = list(
      time = time, event = event, group = group, horizon = horizon, times = vec(times),
      covariates = if (is.null(covariates)) NULL else vec(covariates), cause = cause
    ),
    groups = lapply(rows, function(i) one_group(t[i], e[i], times, horizon)),
    everyone = one_group(t, e, times, horizon)
  )
  if (length(rows) > 1) result$logrank <- log_rank(t, e, g)
  if (length(rows) == 2)
    result$compared <- compared_at(lapply(rows, function(i) list(time = t[i], event = e[i])), horizon)
  if (!is.null(covariates)) {
    result$cox <- cox(frame, time, event, covariates, residuals = TRUE)
    result$single <- lapply(covariates, function(term) cox(frame, time, event, term))
  }
  if (firth) result$firth <- firth_cox(t, e, as.matrix(frame[covariates]))
  if (!is.null(cause)) result$incidence <- incidence(t, frame[[cause]], times)
  result
}

scripts <- file.path(folder, c("common.R", "firth.R", "survival.R"))
read <- function(name) read.csv(file.path(folder, name))
save <- function(name, inputs, analyses)
  freeze(list(provenance = provenance(inputs, scripts), analyses = analyses), name)

lung <- read("lung.csv")
save("lung.json", file.path(folder, "lung.csv"), list(sex = analysis(
  lung, "time", "died", "male", times = c(0, 180, 310, 365, 883, 1022), horizon = 365,
  covariates = c("male", "age", "ecog"), cause = "died", firth = TRUE
)))

rossi <- read("rossi.csv")
save("rossi.json", file.path(folder, "rossi.csv"), list(aid = analysis(
  rossi, "week", "arrest", "fin", times = c(1, 20, 52), horizon = 52,
  covariates = c("fin", "age", "race", "wexp", "mar", "paro", "prio"), cause = "arrest", firth = TRUE
)))

aml <- read("aml.csv")
save("aml.json", file.path(folder, "aml.csv"), list(maintenance = analysis(
  aml, "time", "relapsed", "maintained", times = c(5, 12, 23, 45, 50), horizon = 24,
  covariates = "maintained", cause = "relapsed", firth = TRUE
)))

mgus2 <- read("mgus2.csv")
mgus2$any <- as.integer(mgus2$cause > 0)
save("mgus2.json", file.path(folder, "mgus2.csv"), list(progression = analysis(
  mgus2, "months", "any", "male", times = c(12, 60, 120, 240), horizon = 120, cause = "cause"
)))

edges <- read("edges.csv")
save("edges.json", file.path(folder, "edges.csv"), list(sets = analysis(
  edges, "time", "event", "set", times = c(0, 1, 2, 3, 4, 5), horizon = 4, cause = "event"
)))

tables <- file.path("data/cohort", c("patients.csv", "lesions.csv"))
if (all(file.exists(tables))) {
  patients <- read.csv(tables[1])
  lesions <- read.csv(tables[2])
  of <- function(values, how) {
    found <- tapply(values, lesions$patient_id, how)
    as.vector(found[patients$patient_id])
  }
  patients$n_lesions <- of(lesions$lesion_id, length)
  patients$size_over_15_mm <- as.integer(of(lesions$diameter_mm, max) > 15)
  patients$supraclavicular <- as.integer(patients$site == "supraclavicular")
  patients$years_to_oligometastasis <- patients$months_to_oligometastasis / 12
  patients$age_decades <- patients$age_years / 10
  until <- function(months) {
    months[is.na(months)] <- Inf
    patients$event <- as.integer(months <= patients$follow_up_months)
    patients$time <- pmin(months, patients$follow_up_months)
    patients$cause <- ifelse(patients$event == 1, 1, 2 * patients$died)
    patients
  }
  first_local <- of(lesions$local_recurrence_months, function(m) if (all(is.na(m))) Inf else min(m, na.rm = TRUE))
  covariates <- c("size_over_15_mm", "supraclavicular", "n_lesions", "regional_recurrence",
                  "years_to_oligometastasis", "age_decades")
  overall <- function(group, ...)
    analysis(patients, "follow_up_months", "died", group, times = c(12, 24, 36, 60), horizon = 36, ...)
  onset <- function(months, group = NULL)
    analysis(until(months), "time", "event", group, times = c(12, 24, 36, 60), horizon = 36, cause = "cause")
  save("cohort.json", tables, list(
    "overall survival by site" = overall("supraclavicular", covariates = covariates, firth = TRUE),
    "overall survival by size" = overall("size_over_15_mm"),
    "local recurrence" = onset(first_local, "supraclavicular"),
    "new progression" = onset(patients$progression_months)
  ))
} else cat("data/cohort is not there; cohort.json was left as it is\n")
