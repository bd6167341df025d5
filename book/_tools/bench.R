# Loops of R over the cohorts of bench.py, which calls this with a folder: reads cohorts.csv, writes
# seconds.csv (processor time of each loop), results.csv (what came out) and versions.csv.

suppressPackageStartupMessages(library(survival))
with_maxstat <- suppressWarnings(suppressPackageStartupMessages(require(maxstat, quietly = TRUE)))

folder <- commandArgs(trailingOnly = TRUE)[1]
rows <- read.csv(file.path(folder, "cohorts.csv"))
cohorts <- split(rows, rows$cohort)

loops <- list(
  kaplan_meier = function(d) summary(survfit(Surv(time, event) ~ 1, d), times = 36, extend = TRUE)$surv,
  log_rank = function(d) survdiff(Surv(time, event) ~ x1, d)$chisq,
  cox = function(d) coef(coxph(Surv(time, event) ~ x1 + x2 + x3, d)),
  concordance = function(d) concordance(Surv(time, event) ~ x2, d, reverse = TRUE)$concordance
)
if (with_maxstat) loops$maximally_selected <- function(d)
  maxstat.test(Surv(time, event) ~ x2, d, smethod = "LogRank", pmethod = "Lau94")$statistic

seconds <- results <- NULL
for (name in names(loops)) {
  invisible(loops[[name]](cohorts[[1]]))
  taken <- system.time(found <- lapply(cohorts, loops[[name]]))
  seconds <- rbind(seconds, data.frame(statistic = name, seconds = sum(taken[1:2])))
  for (j in seq_along(found[[1]])) results <- rbind(results, data.frame(
    statistic = name, cohort = seq_along(found), part = j, value = vapply(found, function(v) unname(v[j]), 0)
  ))
}
save <- function(frame, name) write.csv(frame, file.path(folder, name), row.names = FALSE)
save(seconds, "seconds.csv")
save(results, "results.csv")
packages <- c("survival", if (with_maxstat) "maxstat")
save(data.frame(
  name = c("R", paste("R package", packages)),
  version = c(as.character(getRversion()), vapply(packages, function(p) as.character(packageVersion(p)), ""))
), "versions.csv")
