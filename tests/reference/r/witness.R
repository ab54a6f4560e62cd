# Prints what R says of answers.csv; run here with: Rscript witness.R > witness.txt
# R 4.2.2: stats (mantelhaen.test), psych (alpha, fa). Rows are repeated as often as they weigh for the figures of "weighted".
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

say("program", R.version.string, "psych", as.character(packageVersion("psych")))
tell("rows", all)
tell("weighted", all[rep(seq_len(nrow(all)), all$weight), ])
