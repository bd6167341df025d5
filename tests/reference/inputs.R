# The data sets that come with R, as the CSV files that both sides read. Run once; `run.sh` does not.
# lung, aml and mgus2 are in the package survival, Rossi in carData. Rows with missing values are left out.

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
