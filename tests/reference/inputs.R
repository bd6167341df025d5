# The data sets that come with R, as the CSV files that both sides read. Run once; `run.sh` does not.
# lung, aml and mgus2 are in the package survival, Rossi in carData. Rows with missing values are left out.
# Last come drawn cohorts, each of which is hard in its own way.

library(survival)
folder <- "tests/reference"
write <- function(frame, name)
  write.csv(na.omit(frame), file.path(folder, name), row.names = FALSE, quote = FALSE)

write(with(lung, data.frame(time, died = status - 1, male = 2 - sex, age, ecog = ph.ecog)), "lung.csv")

write(with(aml, data.frame(time, relapsed = status, maintained = as.integer(x == "Maintained"))), "aml.csv")

rossi <- carData::Rossi
write(with(rossi, data.frame(
  week, arrest,
  fin = as.integer(fin == "yes"), age, race = as.integer(race == "black"),
  wexp = as.integer(wexp == "yes"), mar = as.integer(mar == "married"),
  paro = as.integer(paro == "yes"), prio
)), "rossi.csv")

write(with(mgus2, data.frame(
  months = ifelse(pstat == 1, ptime, futime),
  cause = ifelse(pstat == 1, 1, 2 * death),
  male = as.integer(sex == "M")
)), "mgus2.csv")

set.seed(2023)
draw <- function(case, n, covariates, digits = 1, events = 0.8, separated = FALSE) {
  x <- cbind(
    rbinom(n, 1, 0.5), round(rnorm(n, 60, 10)), sample(1:4, n, TRUE),
    rbinom(n, 1, 0.3), round(rexp(n, 1 / 24), 1), rnorm(n)
  )
  risk <- exp(0.7 * x[, 1] + 0.02 * (x[, 2] - 60) - 0.2 * x[, 3])
  dies <- rexp(n, risk / 40)
  leaves <- runif(n, 3, quantile(dies, events) * 1.5)
  event <- as.integer(dies <= leaves)
  if (separated) x[, 1] <- ifelse(event == 1, 1, x[, 1]) # everyone who dies has it
  x[, seq_len(6) > covariates] <- NA
  colnames(x) <- paste0("x", 1:6)
  data.frame(case, time = round(pmin(dies, leaves), digits), event, group = rbinom(n, 1, 0.4), x)
}
drawn <- rbind(
  draw("one covariate", 56, 1), draw("three covariates", 56, 3), draw("six covariates", 120, 6),
  draw("many ties", 80, 3, digits = -1), draw("few events", 90, 2, events = 0.1),
  draw("separated", 56, 3, separated = TRUE), draw("separated and tied", 40, 2, digits = -1, separated = TRUE),
  draw("large", 400, 6), draw("tiny", 7, 1)
)
write.csv(drawn, file.path(folder, "batch.csv"), row.names = FALSE, quote = FALSE, na = "")

# Competing causes in three groups: times fine, coarse (censoring tied with events), and few.
set.seed(1999)
compete <- function(case, n, digits, causes = 2) {
  x <- rbinom(n, 1, 0.4)
  z <- round(rnorm(n), 2)
  arm <- sample(c("a", "b", "c"), n, TRUE)
  rates <- cbind(exp(0.5 * x - 0.3 * z) / 30, exp(0.6 * (arm == "b") + 0.2 * z) / 25, 1 / 60)[, seq_len(causes), drop = FALSE]
  first <- rexp(n, rowSums(rates))
  which_one <- apply(rates, 1, function(r) sample(causes, 1, prob = r))
  leaves <- runif(n, 5, 60)
  data.frame(
    case, time = pmax(round(pmin(first, leaves), digits), 10^-digits),
    cause = ifelse(first <= leaves, which_one, 0), arm, x, z
  )
}
write.csv(rbind(
  compete("fine", 200, 3), compete("tied", 150, -1), compete("three causes", 180, 1, causes = 3), compete("few", 25, 0)
), file.path(folder, "competing.csv"), row.names = FALSE, quote = FALSE)

# Two eyes of each patient, one of them treated: rows that belong together. Times also in whole years.
write(with(retinopathy, data.frame(
  id, months = futime, status, treated = trt, juvenile = as.integer(type == "juvenile"), risk
)), "retinopathy.csv")
