# Prints what R says of answers.csv; run here with: Rscript witness.R > witness.txt
# R 4.2.2: stats (mantelhaen.test), psych (alpha, fa), eRm (RM, person.parameter). Rows are repeated as often as they weigh for the figures of "weighted".
suppressMessages(library(psych))
all <- read.csv("answers.csv", colClasses = c(group = "character"))
items <- grep("^q", names(all), value = TRUE)
say <- function(...) cat(paste(..., sep = ","), "\n", sep = "")
full <- function(x) formatC(x, digits = 12, format = "g")

mh <- function(data, focal, counting) {
  both <- data[data$group %in% c("LPTK", focal), ]
  t(sapply(items, function(item) {
    score <- rowSums(both[, union(counting, item), drop = FALSE])
    # Strata with one group, or where all are right or wrong, say nothing; R wants them gone.
    keep <- ave(as.integer(both$group == "LPTK"), score, FUN = function(g) length(unique(g))) == 2 &
      ave(both[[item]], score, FUN = function(x) length(unique(x))) == 2
    part <- both[keep, ]
    found <- mantelhaen.test(factor(part$group, c("LPTK", focal)), factor(part[[item]], c(1, 0)), factor(score[keep]),
                             correct = TRUE)
    se <- (log(found$conf.int[2]) - log(found$conf.int[1])) / (2 * qnorm(0.975))
    c(odds = unname(found$estimate), chi = unname(found$statistic), delta = -2.35 * log(unname(found$estimate)), se = 2.35 * se)
  }))
}

class_of <- function(f) ifelse(abs(f[, "delta"]) >= 1.5 & abs(f[, "delta"]) - qnorm(0.95) * f[, "se"] > 1, "C",
                        ifelse(abs(f[, "delta"]) >= 1 & abs(f[, "delta"]) > qnorm(0.975) * f[, "se"], "B", "A"))

purified <- function(data, focal) {
  counting <- items
  for (round in 1:10) {
    found <- mh(data, focal, counting)
    fair <- items[class_of(found) == "A"]
    if (setequal(fair, counting)) break
    counting <- fair
  }
  list(found = mh(data, focal, counting), aside = setdiff(items, counting))
}

tell <- function(name, data) {
  for (focal in c("LPMP", "P4TK")) {
    plain <- mh(data, focal, items)
    clean <- purified(data, focal)
    for (item in items) {
      say(name, "plain", focal, item, paste(full(plain[item, ]), collapse = ","), class_of(plain)[[item]])
      say(name, "purified", focal, item, paste(full(clean$found[item, ]), collapse = ","), class_of(clean$found)[[item]])
    }
    say(name, "aside", focal, paste(clean$aside, collapse = " "))
  }
  x <- data[, items]
  told <- suppressWarnings(alpha(x))
  one <- suppressWarnings(fa(x, 1, fm = "ml"))
  sds <- apply(x, 2, sd)
  common <- sum(one$loadings[, 1] * sds)^2
  say(name, "alpha", full(told$total$raw_alpha))
  say(name, "feldt", full(told$feldt$lower.ci[[1]]), full(told$feldt$upper.ci[[1]]))
  say(name, "omega", full(common / (common + sum(one$uniquenesses * sds^2))))
  say(name, "loadings", paste(full(one$loadings[, 1]), collapse = ","))
  say(name, "skew", full(psych::skew(rowSums(x), type = 1)), full(psych::kurtosi(rowSums(x), type = 1)))
  say(name, "item_rest", paste(full(told$item.stats$r.drop), collapse = ","))
  say(name, "alpha_drop", paste(full(told$alpha.drop$raw_alpha), collapse = ","))
}

conditional <- function(data) {
  # Rasch by conditional likelihood, which presumes nothing about ability; then ability by maximum likelihood.
  found <- eRm::RM(as.matrix(data[, items]))
  say("rows", "rasch_d", paste(full(found$betapar), collapse = ","))
  say("rows", "rasch_se", paste(full(found$se.beta), collapse = ","))
  by_score <- eRm::person.parameter(found)
  scores <- seq_len(length(items) - 1)
  own <- rowSums(data[, items])
  theta <- by_score$theta.table[["Person Parameter"]]
  say("rows", "rasch_ml", paste(full(theta[match(scores, own)]), collapse = ","))
  errors <- by_score$se.theta$NAgroup1
  rows <- as.integer(sub("^P", "", names(errors)))
  say("rows", "rasch_ml_se", paste(full(unname(errors)[match(scores, own[rows])]), collapse = ","))
}

stratified <- function(name, data) {
  # Half of the items make one section, half the other; population variances.
  spread <- function(x) mean((x - mean(x))^2)
  alpha_of <- function(x) ncol(x) / (ncol(x) - 1) * (1 - sum(apply(x, 2, spread)) / spread(rowSums(x)))
  x <- data[, items]
  error <- 0
  for (part in list(items[1:6], items[7:12])) error <- error + spread(rowSums(x[, part])) * (1 - alpha_of(x[, part]))
  say(name, "stratified", full(1 - error / spread(rowSums(x))))
}

say("program", R.version.string, "psych", as.character(packageVersion("psych")), "eRm",
    as.character(packageVersion("eRm")))
tell("rows", all)
conditional(all)
stratified("rows", all)
stratified("weighted", all[rep(seq_len(nrow(all)), all$weight), ])
tell("weighted", all[rep(seq_len(nrow(all)), all$weight), ])
