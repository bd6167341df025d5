# Predicted survival, adjusted curves, interaction, concordance, a state that changes, and a composite.
# For tests/analyses/test_predictions.py.

source("tests/reference/common.R")

TIGHT <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
inputs <- file.path(folder, c("lung.csv", "rossi.csv", "aml.csv"))
lung <- read.csv(inputs[1])
rossi <- read.csv(inputs[2])
aml <- read.csv(inputs[3])

# survfit evaluates the call again, and would not find what is local here.
model <- function(formula, rows) do.call(coxph, list(formula, data = rows, control = TIGHT))

predicted <- function(rows, formula, profiles, times) {
  fit <- model(formula, rows)
  curve <- survfit(fit, newdata = profiles, conf.type = "log-log")
  # std.err of a survfit object is that of the cumulative hazard; of its summary, of the survival.
  found <- summary(curve, times = times)
  list(
    terms = vec(names(coef(fit))), profiles = as.list(profiles), times = vec(times),
    survival = t(found$surv), lower = t(found$lower), upper = t(found$upper),
    se = t(found$std.err / found$surv)
  )
}

adjusted <- function(rows, formula, factor, times) {
  fit <- model(formula, rows)
  lapply(0:1, function(value) {
    everyone <- rows
    everyone[[factor]] <- value
    list(value = value, survival = vec(rowMeans(summary(survfit(fit, newdata = everyone), times = times)$surv)))
  })
}

interaction <- function(rows, time, event, first, second) {
  surv <- Surv(rows[[time]], rows[[event]])
  a <- rows[[first]]
  b <- rows[[second]]
  main <- coxph(surv ~ a + b, control = TIGHT)
  both <- coxph(surv ~ a * b, control = TIGHT)
  list(
    coef = vec(coef(both)), se = vec(sqrt(diag(vcov(both)))),
    chisq = 2 * (both$loglik[2] - main$loglik[2]),
    p = anova(main, both)[2, "Pr(>|Chi|)"],
    subgroups = lapply(0:1, function(v) {
      fit <- coxph(surv ~ a, subset = b == v, control = TIGHT)
      list(coef = unname(coef(fit)), se = sqrt(vcov(fit)[1, 1]))
    })
  )
}

index <- function(rows, time, event, terms) {
  fit <- model(reformulate(terms, sprintf("Surv(%s, %s)", time, event)), rows)
  found <- concordance(fit)
  list(time = time, event = event, terms = vec(terms), index = unname(found$concordance), se = sqrt(found$var))
}

# Whole months, so that progression, death and the end of follow-up often share one.
set.seed(2022)
n <- 60
months <- sample(1:20, n, TRUE)
died <- rbinom(n, 1, 0.6)
progression <- sample(1:20, n, TRUE)
progression[progression > months] <- NA
patients <- data.frame(id = seq_len(n), months, died, progression)
first <- tmerge(patients[c("id", "months", "died")], patients, id = id, death = event(months, died))
rows <- tmerge(first, patients, id = id, state = tdc(progression))
varying <- coxph(Surv(tstart, tstop, death) ~ state, rows, control = TIGHT)
end <- pmin(patients$months, patients$progression, na.rm = TRUE)
bad <- as.integer(!is.na(patients$progression) | patients$died == 1)
free <- survfit(Surv(end, bad) ~ 1, conf.type = "log-log")
at <- c(3, 6, 12, 18)
composite <- summary(free, times = at)

freeze(list(
  provenance = provenance(inputs, file.path(folder, c("common.R", "prognosis.R")), c("survival", "jsonlite")),
  predicted = list(
    rossi = predicted(
      rossi, Surv(week, arrest) ~ fin + age + prio,
      data.frame(fin = c(0, 1, 1), age = c(20, 20, 35), prio = c(5, 5, 0)), c(2, 10, 26, 40, 52)
    ),
    lung = predicted(
      lung, Surv(time, died) ~ male + age + ecog,
      data.frame(male = c(1, 0), age = c(70, 50), ecog = c(2, 0)), c(50, 200, 365, 800)
    ),
    aml = predicted(aml, Surv(time, relapsed) ~ maintained, data.frame(maintained = c(0, 1)), c(5, 9, 20, 40))
  ),
  adjusted = list(
    rossi = adjusted(rossi, Surv(week, arrest) ~ fin + age + prio, "fin", c(10, 26, 52)),
    lung = adjusted(lung, Surv(time, died) ~ male + age + ecog, "male", c(100, 365, 800))
  ),
  interaction = list(
    rossi = interaction(rossi, "week", "arrest", "fin", "wexp"),
    lung = interaction(transform(lung, poor = as.integer(ecog > 1)), "time", "died", "male", "poor")
  ),
  concordance = list(
    rossi = index(rossi, "week", "arrest", c("fin", "age", "prio")),
    lung = index(lung, "time", "died", c("male", "age", "ecog")),
    aml = index(aml, "time", "relapsed", "maintained")
  ),
  changing = list(
    months = vec(months), died = vec(died), progression = vec(progression),
    id = vec(rows$id), start = vec(rows$tstart), stop = vec(rows$tstop), death = vec(rows$death),
    state = vec(rows$state), coef = unname(coef(varying)), se = sqrt(vcov(varying)[1, 1])
  ),
  composite = list(
    at = vec(at), survival = vec(composite$surv), lower = vec(composite$lower), upper = vec(composite$upper),
    median = unname(summary(free)$table["median"])
  )
), "prognosis.json")
