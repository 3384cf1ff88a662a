/* Mistake probabilities that may help a rate.
 *
 * The difference estimator is unbiased for any predictions that do not know which items were audited. Those of kinship
 * learn from verdicts, so two things are needed:
 *   - cross-fitting: kin_kinship_predict lets no verdict of a fold of assets speak on an item of that fold (Zrnic &
 *     Candes 2024, "Cross-prediction-powered inference");
 *   - only verdicts of the audits' own sample. Leaving out an item's own verdict is not enough where kin jobs follow an
 *     audit: an audited mistake has its kin looked for and confirmed, and these make the mistake look predictable; the
 *     mistakes that the audit did not draw have no such kin. Predictions would be high on audited mistakes and low on
 *     the others, and the rate far too low (test_report_coverage.c shows by how much).
 * So verdicts of kin jobs, which move no plain rate, move no helped one either. */
#include "workspace/report_private.h"

#include "base/checked.h"
#include "workspace/corpus.h"

#include <math.h>
#include <stdlib.h>

void kin_workspace__predictor_open(kin_workspace *workspace, kin_kinship_predictor *out)
{
    kin_ledger_counts counts;
    *out = (kin_kinship_predictor) { .workspace = workspace, .why = KIN_ERROR_INIT };
    int code = kin_ledger_count(workspace->ledger, &counts, &out->why);
    if (code == KIN_OK)
        code = kin_workspace__corpus(workspace, counts.shapes > 0 ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET, &out->corpus,
                                     &out->why);
    if (code != KIN_OK)
        out->corpus = NULL;
}

static int read_rows(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    const kin_corpus *corpus = user;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        uint32_t row = (uint32_t)(first + i);
        code = kin_corpus__vectors(corpus, &row, 1, vectors + i * corpus->dim, err);
    }
    return code;
}

/* The sample's verdicts on rows of the corpus. */
static size_t list_verdicts(const kin_corpus *corpus, const kin_frame *frame, const kin_audit_sample *sample,
                            kin_kinship_verdict *verdicts)
{
    size_t n = 0;
    for (size_t r = 0; r < sample->n; r++) {
        uint32_t row = kin_corpus__row(corpus, frame->items[sample->item[r]].id);
        if (row == KIN_CORPUS_NONE)
            continue;
        const kin_corpus_verdict *known = kin_corpus__verdict(corpus, row);
        bool mistake = sample->y[r] > 0, named = mistake && known && known->right >= 0;
        verdicts[n++] = (kin_kinship_verdict) {
            .item = row, .mistake = mistake, .right = named && (size_t)known->right < corpus->labels ? known->right : -1
        };
    }
    return n;
}

static int predict_rows(const kin_corpus *corpus, const kin_kinship_verdict *verdicts, size_t n, double *probability,
                        kin_error *err)
{
    kin_kinship_items items = { .count = corpus->count,
                                .dim = corpus->dim,
                                .labels = corpus->labels,
                                .label = corpus->label,
                                .asset = corpus->asset,
                                .read = read_rows,
                                .user = (void *)(uintptr_t)corpus };
    kin_kinship *kinship = NULL;
    int code = kin_kinship_new(&items, 0, &kinship, err);
    if (code == KIN_OK)
        code = kin_kinship_judge(kinship, verdicts, n, err);
    if (code == KIN_OK)
        code = kin_kinship_predict(kinship, probability, err);
    kin_kinship_free(kinship);
    return code;
}

int kin_workspace__predict(void *user, const kin_frame *frame, const kin_audit_sample *sample, kin_unit unit,
                           double *probability, kin_error *err)
{
    kin_kinship_predictor *predictor = user;
    const kin_corpus *corpus = predictor->corpus;
    if (!corpus)
        return kin_fail(err, predictor->why.code, "%s", predictor->why.message);
    if (corpus->unit != unit)
        return kin_fail(err, KIN_E_BUSY, "kin index changed the data set meanwhile: try again");
    kin_kinship_verdict *verdicts = kin_alloc_array(sample->n, sizeof *verdicts);
    double *rows = kin_alloc_array(corpus->count, sizeof *rows);
    int code = KIN_OK;
    if (!verdicts || !rows)
        code = kin_fail_memory(err);
    else
        code = predict_rows(corpus, verdicts, list_verdicts(corpus, frame, sample, verdicts), rows, err);
    for (size_t i = 0; code == KIN_OK && i < frame->n; i++) {
        uint32_t row = kin_corpus__row(corpus, frame->items[i].id);
        probability[i] = row == KIN_CORPUS_NONE ? NAN : fmin(1, fmax(0, rows[row]));
    }
    free(verdicts);
    free(rows);
    return code;
}
