# Firth's penalty for the Cox model (Heinze and Schemper 2001), built on survival alone: the partial
# likelihood, with ties by Breslow or by Efron, plus half the log determinant of its information, maximised
# by Newton's method with the penalty's gradient by differences. It stands in for the package coxphf, which
# Debian does not carry and which knows Breslow's ties alone.

firth_cox <- function(time, event, x, level = 0.95, method = "breslow") {
  y <- Surv(time, event)
  storage.mode(x) <- "double"
  p <- ncol(x)
  at <- function(beta) {
    fit <- coxph.fit(x, y, strata = NULL, offset = NULL, init = beta, weights = NULL, method = method,
                     control = coxph.control(iter.max = 0), rownames = seq_along(time))
    list(loglik = fit$loglik[1], information = solve(fit$var), var = fit$var)
  }
  penalised <- function(beta) {
    here <- at(beta)
    here$loglik + determinant(here$information)$modulus[1] / 2
  }
  # Central differences of fourth order.
  gradient <- function(beta) vapply(seq_len(p), function(j) {
    h <- 1e-3 * max(abs(beta[j]), 1) / max(sd(x[, j]), 1)
    step <- replace(numeric(p), j, h)
    (8 * (penalised(beta + step) - penalised(beta - step)) -
       (penalised(beta + 2 * step) - penalised(beta - 2 * step))) / (12 * h)
  }, 0)
  maximum <- function(beta, free) {
    for (iteration in 1:200) {
      if (!any(free)) break
      step <- solve(at(beta)$information[free, free, drop = FALSE], gradient(beta)[free])
      while (penalised(replace(beta, free, beta[free] + step)) < penalised(beta) - 1e-9) step <- step / 2
      beta[free] <- beta[free] + step
      if (max(abs(step) * apply(x, 2, sd)[free]) < 1e-10) break
    }
    beta
  }
  everything <- rep(TRUE, p)
  best <- maximum(numeric(p), everything)
  top <- penalised(best)
  se <- sqrt(diag(at(best)$var))
  profile <- function(j, value) {
    start <- best
    start[j] <- value
    2 * (top - penalised(maximum(start, seq_len(p) != j)))
  }
  bound <- function(j, sign) {
    miss <- function(value) profile(j, value) - qchisq(level, 1)
    far <- best[j] + sign * 2 * se[j]
    while (miss(far) < 0) far <- far + sign * se[j]
    uniroot(miss, sort(c(best[j], far)), tol = 1e-12 * max(1, abs(far)))$root
  }
  chisq <- vapply(seq_len(p), function(j) profile(j, 0), 0)
  list(
    terms = vec(colnames(x)), coef = vec(best), se = vec(se),
    lower = vec(vapply(seq_len(p), bound, 0, sign = -1)), upper = vec(vapply(seq_len(p), bound, 0, sign = 1)),
    chisq = vec(chisq), p = vec(pchisq(chisq, 1, lower.tail = FALSE))
  )
}
