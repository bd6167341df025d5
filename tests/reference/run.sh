#!/usr/bin/env bash
# Compute the reference values again. Needs R with survival, cmprsk, maxstat, mvtnorm, km.ci, KMsurv, Hmisc, rpact and jsonlite; the tests do not.
set -euo pipefail
CDPATH= cd -- "${BASH_SOURCE[0]%/*}/../.."

if ! command -v Rscript >/dev/null; then
  echo "reference: Rscript was not found, nothing was computed. On Debian: apt-get install r-base-core r-cran-survival r-cran-cmprsk r-cran-maxstat r-cran-mvtnorm r-cran-km.ci r-cran-kmsurv r-cran-hmisc r-cran-rpact r-cran-jsonlite" >&2
  exit 1
fi
missing=$(Rscript --vanilla -e 'cat(setdiff(c("survival", "cmprsk", "maxstat", "mvtnorm", "km.ci", "KMsurv", "Hmisc", "rpact", "jsonlite"), rownames(installed.packages())))')
if [ -n "$missing" ]; then
  echo "reference: these R packages are missing, nothing was computed: $missing" >&2
  exit 1
fi

Rscript --vanilla tests/reference/survival.R
Rscript --vanilla tests/reference/onset.R
Rscript --vanilla tests/reference/bands.R
Rscript --vanilla tests/reference/no_variance.R
Rscript --vanilla tests/reference/medians.R
Rscript --vanilla tests/reference/vocabulary.R
Rscript --vanilla tests/reference/hazards.R
Rscript --vanilla tests/reference/batch.R
Rscript --vanilla tests/reference/timing.R
Rscript --vanilla tests/reference/competing.R
Rscript --vanilla tests/reference/cutpoint.R
Rscript --vanilla tests/reference/small_samples.R
Rscript --vanilla tests/reference/planning.R
Rscript --vanilla tests/reference/scanning.R
Rscript --vanilla tests/reference/decisions.R
Rscript --vanilla tests/reference/prognosis.R
Rscript --vanilla tests/reference/ties.R
# Keeps the lines of its blocks, which the book shows.
Rscript --vanilla -e 'source("tests/reference/side_by_side.R", keep.source = TRUE)'
