# The R code that chapter 20 shows, and what R gave for it on the shipped cohort: data/python_and_r.json.
# Run from the root of the repository by tests/reference/run.sh, which keeps the source of each block as it
# stands here: what a reader sees is what was run.

source("tests/reference/common.R")

blocks <- list()

# Run the lines between the braces, keep them, what they print, and the numbers named after them.
block <- function(id, shown, numbers) {
  lines <- attr(substitute(shown), "srcref")[-1]
  if (length(lines) == 0) stop("no source of ", id, " is kept: see run.sh")
  file <- attr(lines[[1]], "srcfile")
  code <- getSrcLines(file, lines[[1]][1], lines[[length(lines)]][3])
  printed <- capture.output(for (line in as.list(substitute(shown))[-1]) {
    found <- withVisible(eval(line, globalenv()))
    if (found$visible) print(found$value)
  })
  blocks[[id]] <<- list(code = paste(sub("^  ", "", code), collapse = "\n"),
                        printed = paste(sub(" +$", "", printed), collapse = "\n"), numbers = numbers)
}

block("data", {
  library(survival)
  patients <- read.csv("data/cohort/patients.csv")
  lesions <- read.csv("data/cohort/lesions.csv")
  largest <- tapply(lesions$diameter_mm, lesions$patient_id, max)
  patients$diameter <- as.vector(largest[patients$patient_id])
  patients$large <- as.integer(patients$diameter > 15)
  patients$neck <- as.integer(patients$site == "supraclavicular")
  table(large = patients$large, neck = patients$neck)
}, list(
  patients = nrow(patients), deaths = sum(patients$died), neck = sum(patients$neck),
  large = sum(patients$large), diameters = sum(patients$diameter)
))

block("curve", {
  curve <- survfit(Surv(follow_up_months, died) ~ 1, data = patients,
                   conf.type = "log-log")
  summary(curve, times = c(12, 24, 36))
}, with(summary(curve, times = c(12, 24, 36)), list(
  survival = vec(surv), se = vec(std.err), lower = vec(lower), upper = vec(upper)
)))

block("intervals", {
  kinds <- c("plain", "log", "log-log", "arcsin", "logit")
  sapply(kinds, function(kind) {
    curve <- survfit(Surv(follow_up_months, died) ~ 1, data = patients,
                     conf.type = kind)
    unlist(summary(curve, times = 36)[c("lower", "upper")])
  })
}, lapply(setNames(kinds, kinds), function(kind) {
  at <- summary(survfit(Surv(follow_up_months, died) ~ 1, data = patients, conf.type = kind), times = 36)
  vec(c(at$lower, at$upper))
}))

block("default", {
  default <- survfit(Surv(follow_up_months, died) ~ 1, data = patients)
  default$conf.type
  print(default)
}, list(lower = summary(default, times = 36)$lower, upper = summary(default, times = 36)$upper,
        median_lower = unname(summary(default)$table["0.95LCL"])))

block("median", {
  quantile(curve, probs = c(0.25, 0.5))
}, with(quantile(curve, probs = c(0.25, 0.5)), list(
  quartile = unname(quantile[1]), median = unname(quantile[2]), lower = vec(lower), upper = vec(upper)
)))

block("half", {
  four <- data.frame(months = c(2, 4, 6, 8), died = 1)
  steps <- survfit(Surv(months, died) ~ 1, data = four)
  quantile(steps, probs = 0.5)$quantile
}, list(median = unname(quantile(steps, probs = 0.5)$quantile)))

block("at-risk", {
  first <- min(patients$follow_up_months[patients$died == 1])
  asked <- c(first, 12, 24, 36)
  summary(curve, times = asked)$n.risk
  colSums(outer(patients$follow_up_months, asked, ">="))
}, list(first_death = first, at_risk = vec(summary(curve, times = asked)$n.risk)))

block("nelson-aalen", {
  hazard <- survfit(Surv(follow_up_months, died) ~ 1, data = patients,
                    stype = 2, ctype = 1)
  summary(hazard, times = c(12, 24, 36))$cumhaz
  summary(hazard, times = c(12, 24, 36))$surv
}, with(summary(hazard, times = c(12, 24, 36)), list(
  cumulative_hazard = vec(cumhaz), se = vec(std.chaz), survival = vec(surv),
  ties_apart = vec(summary(update(hazard, ctype = 2), times = c(12, 24, 36))$cumhaz)
)))

block("follow-up", {
  reverse <- survfit(Surv(follow_up_months, 1 - died) ~ 1, data = patients,
                     conf.type = "log-log")
  quantile(reverse, probs = 0.5)
  median(patients$follow_up_months)
}, list(median = unname(quantile(reverse, probs = 0.5)$quantile),
        lower = unname(quantile(reverse, probs = 0.5)$lower),
        upper = unname(quantile(reverse, probs = 0.5)$upper),
        plain = median(patients$follow_up_months)))

block("log-rank", {
  test <- survdiff(Surv(follow_up_months, died) ~ neck, data = patients)
  test
}, list(statistic = test$chisq, p = pchisq(test$chisq, 1, lower.tail = FALSE),
        expected = vec(test$exp)))

block("cox", {
  cox <- coxph(Surv(follow_up_months, died) ~ large + neck, data = patients)
  summary(cox)
}, {
  tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
  exact <- update(cox, control = tight)
  ratios <- summary(exact)
  list(coefficient_by_default = vec(coef(cox)), coefficient = vec(coef(exact)), se = vec(ratios$coefficients[, "se(coef)"]),
       lower = vec(ratios$conf.int[, "lower .95"]), upper = vec(ratios$conf.int[, "upper .95"]),
       p = vec(ratios$coefficients[, "Pr(>|z|)"]), log_likelihood = exact$loglik[2])
})

block("ties", {
  coarse <- patients
  coarse$years <- ceiling(coarse$follow_up_months / 12)
  ties <- c("efron", "breslow", "exact")
  sapply(ties, function(rule) coef(
    coxph(Surv(years, died) ~ large + neck, data = coarse, ties = rule)
  ))
}, lapply(c(efron = "efron", breslow = "breslow"), function(rule) vec(coef(
  coxph(Surv(years, died) ~ large + neck, data = coarse, ties = rule, control = tight)
))))

block("robust", {
  sandwich <- coxph(Surv(follow_up_months, died) ~ large + neck,
                    data = patients, robust = TRUE)
  sqrt(diag(vcov(sandwich)))
}, {
  # No two at one time: the rules for ties play no part.
  untied <- transform(patients, follow_up_months = follow_up_months + seq_along(died) / 1e6)
  of <- function(data) vec(sqrt(diag(vcov(update(sandwich, data = data, control = tight)))))
  list(robust = of(patients), untied = of(untied))
})

block("proportional", {
  cox.zph(cox)
}, with(cox.zph(exact), list(
  statistic = vec(table[, "chisq"]), p = vec(table[, "p"])
)))

block("firth", {
  source("tests/reference/firth.R")
  firth <- with(patients, firth_cox(follow_up_months, died, cbind(large, neck)))
  sapply(firth[c("coef", "lower", "upper", "p")], as.numeric)
}, lapply(firth[c("coef", "lower", "upper", "p")], vec))

block("spline", {
  library(splines)
  bend <- coxph(Surv(follow_up_months, died) ~ ns(diameter, knots = c(12, 20)),
                data = patients)
  predict(bend, data.frame(diameter = c(10, 20, 30)), reference = "sample")
  bend$loglik
}, {
  log_hazard <- function(fit, mm) predict(fit, data.frame(diameter = mm), reference = "sample")
  sharp <- update(bend, control = tight)
  three <- coxph(Surv(follow_up_months, died) ~ ns(diameter, df = 3), data = patients, control = tight)
  knots <- attr(ns(patients$diameter, df = 3), "knots")
  list(log_likelihood = sharp$loglik[2],
       log_ratios = vec(diff(log_hazard(sharp, c(10, 20, 30)))),
       by_df_knots = vec(knots), by_df_log_likelihood = three$loglik[2])
})

block("aalen-johansen", {
  went_on <- !is.na(patients$progression_months)
  patients$months <- ifelse(went_on, patients$progression_months,
                            patients$follow_up_months)
  patients$first <- factor(ifelse(went_on, 1, 2 * patients$died), 0:2,
                           c("censored", "progression", "death"))
  both <- survfit(Surv(months, first) ~ 1, data = patients)
  summary(both, times = c(12, 24, 36))$pstate
}, with(summary(both, times = c(12, 24, 36)), list(
  progression = vec(pstate[, 2]), death = vec(pstate[, 3]), se = vec(std.err[, 2])
)))

block("aalen-johansen-ties", {
  six <- data.frame(months = c(1, 1, 1, 2, 2, 3), came = c(1, 2, 0, 1, 2, 0))
  tied <- survfit(Surv(months, factor(came)) ~ 1, data = six)
  tied$pstate
}, list(first = vec(tied$pstate[, 2]), second = vec(tied$pstate[, 3])))

block("restricted-mean", {
  print(curve, rmean = 36)
}, with(as.list(summary(curve, rmean = 36)$table), list(
  estimate = rmean, se = `se(rmean)`
)))

path <- "data/python_and_r.json"
text <- jsonlite::toJSON(list(
  provenance = provenance(
    file.path("data/cohort", c("patients.csv", "lesions.csv")),
    file.path(folder, c("common.R", "firth.R", "side_by_side.R")), c("survival", "jsonlite")
  ),
  blocks = blocks
), digits = NA, na = "null", null = "null", auto_unbox = TRUE, pretty = TRUE)
writeLines(text, path, useBytes = TRUE)
cat("wrote", path, "\n")
