"""The headings of all tables: what a column is called on a page, with its unit.

A table's columns are named for code. Here each name has the words that people read, so that no cell
repeats them and the same thing has one name everywhere. A name that is not here, as in a table of a
reader's own, is shown with spaces for underscores and a capital letter.
"""

from __future__ import annotations

_WORDS = {
    # Patients, lesions and what happened to them
    "patient_id": "Patient",
    "lesion_id": "Lesion",
    "n": "Patients",
    "patients_or_lesions": "Patients or lesions",
    "age_years": "Age (years)",
    "months_to_oligometastasis": "Time to oligometastasis (months)",
    "max_diameter_mm": "Largest diameter (mm)",
    "n_lesions": "Lesions",
    "figo_stage": "FIGO stage",
    "progressed": "New progression",
    "diameter_mm": "Diameter (mm)",
    "months_since_negative_ct": "Time since negative CT (months)",
    "months_after_scan": "Time after scan (months)",
    "local_recurrence_months": "Local recurrence (months)",
    "progression_months": "New progression (months)",
    "follow_up_months": "Follow-up (months)",
    "last seen": "Last seen alive",
    "lost": "Whose diameter is lost",
    "found_over_right": "Found over right",
    "left": "Leave",
    "not_shown": "Not shown",
    "start": "From (months)",
    "stop": "To (months)",
    "above_months": "Above (months)",
    "up_to_months": "Up to (months)",
    "above_mm": "Above (mm)",
    "up_to_mm": "Up to (mm)",
    "median_largest_mm": "Median of the largest (mm)",
    "median_of_all_mm": "Median of all (mm)",
    "followed_at_least": "Followed, at least",
    "mean_years": "Mean (years)",
    "sd_years": "SD (years)",
    "mean_months": "Mean (months)",
    "se_months": "Standard error (months)",
    # Times, curves and rates
    "months": "Time (months)",
    "observed_free_of_both": "Observed, free of both",
    "life_table": "Survival, life table",
    "kaplan_meier": "Survival, Kaplan–Meier",
    "hazard": "Hazard per year",
    "share_by_then": "Share diagnosed by then",
    "share_lower": "Lower limit of the share",
    "share_upper": "Upper limit of the share",
    "at_half": "Survival at half that time",
    "at_mark": "Survival at the line",
    "months_lived": "Lived (months)",
    "two_more": "Two further years",
    "entered": "At risk, if entered",
    "everybody": "At risk, everybody",
    "survival_entered": "Survival, if entered",
    "survival_everybody": "Survival, everybody",
    "person_months": "Person-months",
    "deaths_per_100_months": "Deaths per 100 person-months",
    "months_by_name": "Months, by name",
    "rate_by_name": "Rate per month, by name",
    "months_as_lived": "Months, as lived",
    "rate_as_lived": "Rate per month, as lived",
    "scan_every": "Scan every (months)",
    "found_to_death": "From found to death (months)",
    "felt_to_death": "From felt to death (months)",
    "visible_month": "Visible in month",
    "felt_month": "Felt in month",
    "found_month": "Found in month",
    "scan_date": "By date of scan",
    "Turnbull_lower_edge": "Turnbull, lower edge",
    "Turnbull_upper_edge": "Turnbull, upper edge",
    "hazard_after_censoring_times": "Hazard after censoring, times",
    "still_watched": "Still observed",
    "median_months": "Median (months)",
    "lower_months": "Lower limit (months)",
    "upper_months": "Upper limit (months)",
    "watched_for_3_years": "Patients observed for 3 years",
    "two_sided": "Two-sided limit",
    "one_sided": "One-sided limit",
    "lower_n": "Patients behind the lower limit",
    "upper_n": "Patients behind the upper limit",
    "failure_upper": "Upper limit of failure",
    "if_together": "If lesions go together",
    "if_independent": "If lesions are independent",
    "the_print_counts": "If what is printed counts",
    "so_the_rate_by": "The rate by",
    "neck_alive": "Neck, alive",
    "elsewhere_alive": "Elsewhere, alive",
    "expected_alive": "Expected in the neck, alive",
    "neck_or_dead": "Neck, alive or dead",
    "elsewhere_or_dead": "Elsewhere, alive or dead",
    "expected_or_dead": "Expected in the neck, alive or dead",
    # Estimates and tests
    "lower": "Lower limit",
    "upper": "Upper limit",
    "coef lower 95%": "Lower limit",
    "coef upper 95%": "Upper limit",
    "coef": "Coefficient",
    "se": "Standard error",
    "se(coef)": "Standard error",
    "model_se": "Standard error of the model",
    "robust_se": "Robust standard error",
    "lifelines_cluster_col": "By lifelines, clustered",
    "std": "SD",
    "p": "p value",
    "p_value": "p value",
    "p_five_decimals": "p value, five decimals",
    "p_at_least": "Smallest p value",
    "smallest_p": "Smallest p value",
    "median_p": "Median p value",
    "p_by_site": "p value by site",
    "p_by_size": "p value by size",
    "p_chi-squared": "p value, chi-squared",
    "p_permutation": "p value, permutation",
    "chi_squared": "Chi-squared",
    "chi squared": "Chi-squared",
    "chisq": "Chi-squared",
    "df": "Degrees of freedom",
    "z": "z",
    "rho": "ρ",
    "gamma": "γ",
    "term": "Covariate",
    "law": "Distribution",
    "law_of_growth": "Law of growth",
    "aic": "AIC",
    "delta_aic": "Difference in AIC",
    "one_ratio": "One hazard ratio",
    "log_minus_log": "Log of −log survival",
    "p_below_0.05": "p below 0.05",
    "p_below_0.01": "p below 0.01",
    "Cox_ratio_is_off_by": "Cox ratio, off by a factor of",
    "Firth_ratio_is_off_by": "Firth ratio, off by a factor of",
    "Cox_interval_holds": "Cox interval holds the truth",
    "Firth_interval_holds": "Firth interval holds the truth",
    "followed_for_years": "Followed (years)",
    "exponential_mm": "Exponential (mm)",
    "power law_mm": "Power law (mm)",
    "Gompertz_mm": "Gompertz (mm)",
    "logistic_mm": "Logistic (mm)",
    "lower_mm": "Lower limit of a new lesion (mm)",
    "upper_mm": "Upper limit of a new lesion (mm)",
    "error_mm": "Error of measurement (mm)",
    "cut": "Cut (mm)",
    "doubling_months": "Doubling time (months)",
    "sum_of_squares": "Sum of squares (mm²)",
    "residual_sd": "Residual SD (mm)",
    "months_to_target": "Time to target (months)",
    "small": "Of at most 15 mm",
    "observed_mm": "Observed (mm)",
    "fitted_mm": "Fitted (mm)",
    "residual_mm": "Residual (mm)",
    # What is printed, and what agrees with it
    "what": "Quantity",
    "kind": "Basis",
    "status": "Basis",
    "where": "Where in the abstract",
    "last_violated_at": "Last violated at evaluation",
    "from": "Comes from",
    "at_risk_at_each": "At risk at each event",
    "at_risk_at_the_last": "At risk at the last death",
    "fraction": "As a fraction",
    "smallest_group": "Smallest group (patients)",
    "printed_n": "Group named (patients)",
    "at_risk_if_in_a_row": "One straight after the other, with at risk",
    "deaths_that_print_it": "Deaths that print the rate",
    "forced_bounded_or_free": "Forced, bounded or free",
    "half_up": "Sets, halves rounded up",
    "half_even": "Sets, halves rounded to even",
    "last_min": "Fewest at risk at the last event",
    "last_max": "Most at risk at the last event",
    # Many cohorts
    "exits": "Exits",
    "survival_in_percent": "Survival (%)",
    "measure": "Reference measure",
    "measures": "Reference measures",
    "rank_class": "Class of ranks",
    "which": "End or median",
    "ensemble": "Ensemble",
    "again": "Second run",
    "joint_error": "Joint standard error",
    "in_errors": "Difference in standard errors",
    "ranks": "Ranks",
    "measure_of_performance": "Measure",
    "sd_not_identified": "SD, not identified",
    "sd_sampling_error": "SD, sampling error",
    "r_hat": "R-hat",
    "effective_size": "Effective number",
    "tail_effective_size": "Effective number, tails",
    "moves": "Moves between cohorts",
    "accepted": "Moves accepted",
    "met": "Moves after which all that is printed is met",
    "burn_in_thousands": "Burn-in (thousand moves)",
    "early deaths weigh more": "Early deaths weigh more",
    "late deaths weigh more": "Late deaths weigh more",
    "likelihood": "Likelihood of the printed p",
    "likelihood_ratio": "Likelihood ratio",
    "monte_carlo_error": "Monte Carlo error",
    "counted": "Counted",
    "walked": "Walked",
    "medians_by_measure": "Medians by measure",
    "95%,_envelope": "95% of cohorts, envelope",
    "this_cohort": "This cohort",
    "all_measures": "Widest reach",
    "certificate": "Certified",
    "requirements": "Assumed requirements that hold",
    "column": "Chains",
    "chain": "Chain",
    "draws": "Draws",
    "as_the_one_before": "Equal to the one before",
    "p_as_small_as_printed": "p as small as printed",
    "worse_group_is_supraclavicular": "Supraclavicular does worse",
    "p as printed or less": "p as printed or less",
    "p larger": "p larger",
    "number": "Number printed",
    "closed_least": "Closed, least (%)",
    "closed_most": "Closed, most (%)",
    "closed_error": "Standard error (points)",
    "closed_se": "Standard error of the share closed",
    "sd_left": "SD left (log hazard ratio)",
    "alone": "Alone with its number",
    # Known cohorts among the members of their ensembles
    "outside_if_right": "Outside, if right",
    "if_half_as_spread": "If half as spread out",
    "if_one_SD_off": "If one SD off",
    "seen_in_one_quantity": "Seen in one quantity",
    "seen_in_all": "Seen in all together",
    "p_flat": "p value, flat histogram",
    # Python and R
    "apart": "Difference",
    "to_agree": "To make them agree",
    "minus_log_of_Kaplan–Meier": "−log of Kaplan–Meier",
    # From dates to times, first failures, and times moved
    "treated": "Treated on",
    "progression": "Progression on",
    "last_seen": "Last seen on",
    "died_without_it": "Death without progression",
    "as_found": "As found",
    "three_months_earlier": "Three months earlier",
    # Predictions
    "predicted_for": "Diameter",
    "separated": "Resamples that separate",
    "lesions_used": "Lesions used",
    # Plans of a further study
    "hazard_ratio_of_size": "Hazard ratio of size",
    "with_losses": "Patients, with losses",
    "centres_here": "Centres of this pace",
    "3-year_survival": "3-year survival",
    "if_all_are_followed": "If all are followed",
    "log-log_scale": "With losses, log-log scale",
    "plain_scale": "With losses, plain scale",
    "what_is_to_be_shown": "What is to be shown",
    "the_ratio_is_there": "The ratio is there",
    "as_supposed": "As supposed",
    "over_both_intervals": "Over both intervals",
    "times_those_of_one_ratio": "Times those of one ratio",
    "Monte_Carlo_error": "Monte Carlo error",
    "patients_needed": "Patients that it would take",
    "over_the_cohorts": "Middle 95% of the cohorts",
    "significant": "Significant",
    "of_those_without_it": "Of those without it",
    "who": "Who",
    # Schedules of scans
    "months_small": "Visible and small (months)",
    "of_1500_lesions": "From 1500 lesions (days)",
    "low_of_few": "Small studies, from (days)",
    "high_of_few": "Small studies, to (days)",
    "median_mm": "Median diameter (mm)",
    "lead_time_months": "Lead time (months)",
    "from_found_to_death": "From found to death (months)",
    "of_small": "Found small (months)",
    "of_large": "Found large (months)",
    "small_from_visible": "Small, from visible (months)",
    "large_from_visible": "Large, from visible (months)",
    "from_start_to_death": "From the start to death (months)",
    "start_mm": "At the last clear scan (mm)",
    # Groups, models and tests that head a column
}

_AS_THEY_ARE = """
1 − Kaplan–Meier; adjusted; after; agrees; alive at 3 years; attained; all; all cohorts; all estimates; analysis;
apparent; At most; at risk; at risk at each death; At risk before; before; box; by; by lifelines;
by month; by the model; by the product; candidates; censored; chains; chance; chance one fifth; chance one half;
characteristic; claim; clock; closed; Coefficient; coefficients; comparison; comparisons; cohort; cohorts; cohorts at or
below it; column; columns; consistent; constraint; convention; corrected; could also mean; count
printed; this cohort gives; still as printed; counted; counts that print it; coverage; Cox; cumulative incidence; cured; curve; Curve
at its end; Cut; data; death; death in month; death without one; deaths; deaths by three years;
deaths in all; definition; diagnosed in; difference in points, narrowest 95% interval; did not mix; diagnosed …; diameters; died; distance;
distribution; drawn by lifelines; draws; early; episode; errors; estimate; event; events; events
per variable; evidence; Exit; Exits unrelated to site and size; expected; exponential; factor;
first event; Firth; five years; Freedman; form; formula; found; free of local recurrence; freedom from progression; found after the negative CT; found by;
frame; free before; from month; from start of period; from the primary; from treatment; gives; greenwood;
group; Hazard after censoring; hazard ratio; hazard ratio 1; hazard ratio 2; hazard ratio 4;
hazard ratio of size; Hazards apart in every cell; held; highest; histology; Horizon in months; how it is read; in
the medoid; in the neck; in words; incidence; Information; information kept; interval; Interval
between scans; Larger; landmark; late; lesions; lesions per patient; level; line; local recurrence; log
likelihood; Log partial likelihood; log-rank; lowest; lung; max-combo; maximum; mean; meaning;
measure; median; members; members are; not found; outside; package; Patients in the groups; Events up to the time of the rates; Events after it; Leaving up to the time of the rates; Leaving after it; truths drawn from; median hazard ratio; method; middle; minimum; model; month; months lost of the first 18; names;
neither; not excluded; New lesion found then; new metastasis; no finite ratio; not printed; note; Number of
lesions; numbers at risk at the deaths; observed; on everybody; one year; optimism; other;
other sites; Overall; panel; parameter; parameters; patient; patients; patients in the smaller
group; patients left; period; permutation; possible; power; power law;
predicted; printed; prints the rate; product; Product; progressed by then; Proportional hazards; python; quantity; R;
R gives; rate; rate per month; ratio by formula; ratio by simulation; ratio of times; read as;
reading; reason; recurrence; recurrences; regional recurrence; reproduced; resampled; resamples;
residual; result; row; rule of three; runs; runs that end at zero; scale; scale of comparison; scaled
residual; scans; Schoenfeld; Score; search; searched; seed 1; seed 2; seems to close; sets; shape; share;
share above 15 mm; share kept; share not identified; share still followed; share surviving; simulated; site; site group;
size group; size is; smallest of four; somebody was lost; standard error; starts; state; statistic; still followed;
such as; supraclavicular; survival; survival at 18 months; survival of all at 3 years; systemic
therapy; table; test; then; threshold; therapy; this book; three years; to; to month; transplanted or not;
treatment; truth; truths; tumours; Twice the way to the top; typical hazard ratio; unit; value;
verdict; violation at start; walked; Weibull; weight; what could make it hard; what is true; Who
leaves; why; worst violation at the end; year; intervals; found within; all alike; as the series differs; schedule;
found small; felt first; scans a woman; scans a small lesion; along the ridge; growth; onset; all at once;
Gompertz; logistic; Small, if visible for the printed months; Small, for half of them; Small, with the series' doubling times;
by the line; curve fitted to; found small, half the months; felt between scans; felt after the last; risk; spread; share that stays; Scans in five years; Years since the primary; Share cured
"""

P_VALUES = frozenset(name for name, words in _WORDS.items() if "p value" in words) - {
    "p_five_decimals"
}
"""Columns of p values, which are written as everywhere else."""

_MARKS = {"agrees": "✓", "differs": "✗", "definition": "–", "not computable": "?"}


def heading(column: object) -> str:
    """What a column is called on a page."""
    words = _WORDS.get(str(column), str(column).replace("_", " "))
    return words if str(column) in _WORDS else words[:1].upper() + words[1:]


def marked(verdict: str) -> str:
    """A verdict with its sign, such as `✓ agrees`."""
    return f"{_MARKS[verdict]} {verdict}" if verdict in _MARKS else verdict


HEADINGS = frozenset(_WORDS.values()) | {
    heading(" ".join(name.split())) for name in _AS_THEY_ARE.split(";")
}
"""All headings of this book; a test holds every table of the pages against them."""
