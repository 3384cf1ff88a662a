#include "kin/stats.h"

#include <math.h>
#include <string.h>

static const char *const rule_names[] = { "share", "opportunity" };

const char *kin_score_rule_name(kin_score_rule rule)
{
    return rule_names[rule == KIN_SCORE_OPPORTUNITY];
}

bool kin_score_rule_from(const char *name, kin_score_rule *out)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(name, rule_names[i]) == 0) {
            *out = (kin_score_rule)i;
            return true;
        }
    return false;
}

static double count(int64_t n)
{
    return n > 0 ? (double)n : 0;
}

double kin_task_score(kin_score_rule rule, kin_score_weights weights, kin_task task)
{
    double errors = count(task.minor) + count(task.critical);
    double lost = weights.minor * count(task.minor) + weights.critical * count(task.critical);
    double units = rule == KIN_SCORE_OPPORTUNITY ? count(task.perfect) + errors : count(task.shapes);
    if (errors == 0 || lost <= 0)
        return 1;
    return units > 0 ? fmax(0, 1 - lost / units) : 0;
}

double kin_batch_score(const double *scores, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += scores[i];
    return n > 0 ? sum / (double)n : NAN;
}
