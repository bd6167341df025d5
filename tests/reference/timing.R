# Delayed entry, states that change, survival given survival, scans, and censoring that tells something.

source("tests/reference/common.R")

rows <- read.csv(file.path(folder, "timing.csv"))

# A patient who enters at a time is not at risk of what happens at it.
delayed <- function(data) {
  fit <- survfit(Surv(entry, stop, event) ~ 1, data, conf.type = "log-log")
  some <- fit$n.event > 0
  list(time = vec(fit$time[some]), at_risk = vec(fit$n.risk[some]), survival = vec(fit$surv[some]))
}

given <- function(start, until) {
  fit <- survfit(Surv(months, event) ~ 1, rows[rows$months > start, ], start.time = start, conf.type = "log-log")
  found <- summary(fit, times = until)
  list(start = start, until = until, survival = found$surv, lower = found$lower, upper = found$upper)
}

cox <- function(model) {
  list(coef = vec(coef(model)), se = vec(sqrt(diag(vcov(model)))), loglik = model$loglik[2])
}
control <- coxph.control(eps = 1e-14, toler.chol = 1e-16, iter.max = 100)

# R's own Turnbull estimate, which stops at a change of 5e-05; here it goes on.
tight <- survival:::survfitTurnbull
text <- deparse(tight)
stopifnot(sum(grepl("5e-05", text)) == 1)
patched <- eval(parse(text = gsub("5e-05", "1e-13", text)), asNamespace("survival"))
scans <- with(rows, Surv(ifelse(left == 0, NA, left), right, type = "interval2"))
at <- function(fit, times) vapply(times, function(t) min(1, fit$surv[fit$time <= t]), 0)
turnbull <- patched(factor(rep(1, nrow(rows))), scans, rep(1, nrow(rows)), se.fit = FALSE)
turnbull_as_shipped <- survfit(scans ~ 1)
grid <- sort(unique(rows$left[rows$left > 0]))

# Of those censored at c the share (S(t) / S(c))^factor is alive at t.
differ <- function(factor) {
  fit <- survfit(Surv(months, event) ~ 1, rows)
  s <- stepfun(fit$time, c(1, fit$surv))
  vapply(c(6, 12, 18, 24), function(t) {
    gone <- rows$event == 0 & rows$months <= t
    (sum(rows$months > t) + sum((s(t) / s(rows$months[gone]))^factor)) / nrow(rows)
  }, 0)
}

# Weights by the probability of not being censored: deaths a little earlier, so that they come first.
weighted <- function(strata) {
  early <- rows$months - ifelse(rows$event == 1, 0.25, 0)
  w <- rep(NA_real_, nrow(rows))
  for (g in unique(strata)) {
    here <- strata == g
    fit <- survfit(Surv(early[here], 1 - rows$event[here]) ~ 1)
    w[here] <- 1 / stepfun(fit$time, c(1, fit$surv))(early[here] - 0.1)
  }
  vapply(c(6, 12, 18, 24), function(t) {
    1 - sum(w[rows$event == 1 & rows$months <= t]) / nrow(rows)
  }, 0)
}

# One row a candidate, as a table without dates would have it; and those still there on a day.
whole <- do.call(rbind, lapply(split(heart, heart$id), function(h) {
  data.frame(stop = max(h$stop), event = max(h$event), transplant = max(h$transplant == 1),
             by_then = max(h$transplant == 1 & h$start <= 30))
}))

freeze(list(
  provenance = provenance(file.path(folder, "timing.csv"), file.path(folder, c("common.R", "timing.R"))),
  delayed = delayed(rows),
  given = list(given(6, 18), given(12, 24)),
  # Stanford heart transplants, as shipped with R and with lifelines.
  heart = cox(coxph(Surv(start, stop, event) ~ transplant, heart, control = control)),
  heart_adjusted = cox(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, control = control)),
  heart_by_name = cox(coxph(Surv(stop, event) ~ transplant, whole, control = control)),
  heart_landmark = cox(coxph(Surv(stop, event) ~ by_then, whole[whole$stop > 30, ], control = control)),
  late_entry = cox(coxph(Surv(entry, stop, event) ~ group, rows, control = control)),
  turnbull = list(time = vec(grid), survival = vec(at(turnbull, grid)), shipped = vec(at(turnbull_as_shipped, grid))),
  differ = lapply(c(0, 0.5, 1, 3), function(f) list(factor = f, survival = vec(differ(f)))),
  weighted = list(groups = vec(weighted(rows$group)), one = vec(weighted(rep(1, nrow(rows)))))
), "timing.json")
