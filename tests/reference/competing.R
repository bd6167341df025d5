# Fine and Gray's rows and model, Gray's test, and errors that are robust to clusters.

suppressPackageStartupMessages(library(cmprsk))
source("tests/reference/common.R")

TIGHT <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

robust <- function(fit) list(
  terms = vec(names(coef(fit))), coef = vec(coef(fit)), model_se = vec(sqrt(diag(fit$naive.var))),
  robust_se = vec(sqrt(diag(fit$var)))
)

fine_gray <- function(frame, covariates, cause, ties = "efron") {
  frame$id <- seq_len(nrow(frame))
  frame$state <- factor(frame$cause, 0:max(frame$cause))
  rows <- finegray(Surv(time, state) ~ ., frame[c("time", "state", "id", covariates)], etype = as.character(cause))
  formula <- reformulate(covariates, "Surv(fgstart, fgstop, fgstatus)")
  fit <- coxph(formula, rows, weights = fgwt, cluster = id, ties = ties, control = TIGHT)
  list(
    cause = cause, covariates = vec(covariates),
    n_rows = nrow(rows), total_weight = sum(rows$fgwt),
    rows = if (nrow(rows) < 500) list(patient = vec(rows$id - 1), start = vec(rows$fgstart), stop = vec(rows$fgstop),
                event = vec(rows$fgstatus), weight = vec(rows$fgwt)),
    fit = robust(fit)
  )
}

gray <- function(frame, group, rho) {
  tests <- cuminc(frame$time, frame$cause, group, rho = rho)$Tests
  list(rho = rho, causes = vec(as.integer(rownames(tests))), statistic = vec(tests[, "stat"]),
       df = vec(tests[, "df"]), p = vec(tests[, "pv"]))
}

# cuminc puts causes together that are not the one tested; the others compete all the same.
of_case <- function(frame, group, covariates) list(
  fine_gray = lapply(sort(setdiff(unique(frame$cause), 0)), function(k) fine_gray(frame, covariates, k)),
  gray = lapply(c(0, 1), function(rho) gray(frame, frame[[group]], rho))
)

competing <- read.csv(file.path(folder, "competing.csv"))
mgus2 <- read.csv(file.path(folder, "mgus2.csv"))
mgus2$time <- mgus2$months
eyes <- read.csv(file.path(folder, "retinopathy.csv"))
eyes$years <- ceiling(eyes$months / 12)

clustered <- function(time, covariates) {
  fit <- coxph(reformulate(covariates, sprintf("Surv(%s, status)", time)), eyes, cluster = id, control = TIGHT)
  at <- if (time == "months") c(12, 36, 60) else c(1, 3, 5)
  curve <- survfit(reformulate("1", sprintf("Surv(%s, status)", time)), eyes, cluster = id)
  shown <- summary(curve, times = at)
  list(time = time, covariates = vec(covariates), cox = robust(fit), at = vec(at),
       survival = vec(shown$surv), std_err = vec(shown$std.err))
}

freeze(list(
  provenance = provenance(file.path(folder, c("competing.csv", "mgus2.csv", "retinopathy.csv")),
                          file.path(folder, c("common.R", "competing.R"))),
  cases = c(
    lapply(split(competing, competing$case), of_case, "arm", c("x", "z")),
    list(mgus2 = of_case(mgus2, "male", "male"))
  ),
  clustered = list(
    clustered("months", c("treated", "juvenile", "risk")), clustered("years", c("treated", "risk"))
  )
), "competing.json")
