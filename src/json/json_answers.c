#include "json/json_answers.h"

#include "base/buffer.h"
#include "base/clock.h"

#include <math.h>

/* 0 is none. */
static void number_or_null(kin_json *json, cJSON *object, const char *key, int64_t number)
{
    if (number)
        kin_json_count(json, object, key, (uint64_t)number);
    else
        kin_json_text(json, object, key, NULL);
}

void kin_json_job(kin_json *json, cJSON *object, const kin_job *job)
{
    char created[32];
    kin_clock_format(job->created, created);
    kin_json_count(json, object, "job", (uint64_t)job->id);
    kin_json_text(json, object, "kind", kin_job_kind_name(job->kind));
    kin_json_text(json, object, "unit", kin_unit_name(job->unit));
    kin_json_text(json, object, "title", job->title);
    kin_json_count(json, object, "items", job->items);
    kin_json_count(json, object, "reviewed", job->reviewed);
    kin_json_count(json, object, "mistakes", job->mistakes);
    kin_json_count(json, object, "population", (uint64_t)job->population);
    kin_json_text(json, object, "stratify", job->stratify);
    kin_json_count(json, object, "seed", job->seed);
    kin_json_text(json, object, "created", created);
    kin_json_text(json, object, "ranking", job->ranking);
    kin_json_text(json, object, "label", job->label);
    kin_json_text(json, object, "given", job->given);
    kin_json_text(json, object, "should_be", job->should_be);
    number_or_null(json, object, "origin", job->origin);
    kin_json_number(json, object, "expected", job->expected > 0 ? job->expected : (double)NAN);
}

static void put_last(kin_json *json, cJSON *object, const kin_hunt *hunt)
{
    cJSON *last = kin_json_object(json, object, "last");
    kin_json_count(json, last, "job", (uint64_t)hunt->last.job);
    kin_json_count(json, last, "items", hunt->last.items);
    kin_json_count(json, last, "reviewed", hunt->last.reviewed);
    kin_json_count(json, last, "mistakes", hunt->last.mistakes);
    kin_json_number(json, last, "expected", hunt->last.expected > 0 ? hunt->last.expected : (double)NAN);
}

static void put_control(kin_json *json, cJSON *object, const kin_hunt *hunt)
{
    if (!hunt->control.job) {
        kin_json_text(json, object, "control", NULL);
        return;
    }
    cJSON *control = kin_json_object(json, object, "control");
    kin_json_count(json, control, "job", (uint64_t)hunt->control.job);
    kin_json_count(json, control, "items", hunt->control.items);
    kin_json_count(json, control, "mistakes", hunt->control.mistakes);
    kin_json_count(json, control, "population", hunt->control.population);
    kin_json_count(json, control, "left", hunt->control.left);
    kin_json_number(json, control, "share", hunt->control.share);
}

void kin_json_hunt(kin_json *json, cJSON *object, const kin_hunt *hunt)
{
    kin_json_count(json, object, "origin", (uint64_t)hunt->origin);
    kin_json_text(json, object, "by", kin_ranking_name(hunt->by));
    kin_json_text(json, object, "given", hunt->given);
    kin_json_text(json, object, "should_be", hunt->should_be);
    kin_json_count(json, object, "batches", hunt->batches);
    kin_json_count(json, object, "items", hunt->items);
    kin_json_count(json, object, "reviewed", hunt->reviewed);
    kin_json_count(json, object, "mistakes", hunt->mistakes);
    kin_json_count(json, object, "known", hunt->known);
    kin_json_count(json, object, "left", hunt->left);
    kin_json_count(json, object, "fresh", hunt->fresh);
    number_or_null(json, object, "open", hunt->open);
    put_last(json, object, hunt);
    put_control(json, object, hunt);
    kin_json_number(json, object, "control_size", hunt->control_size < 0 ? (double)NAN : (double)hunt->control_size);
    kin_json_count(json, object, "next", hunt->next);
    kin_json_number(json, object, "expected", hunt->expected);
    kin_json_text(json, object, "advice", kin_hunt_step_name(hunt->advice));
}

void kin_json_row(kin_json *json, cJSON *object, const kin_job_row *row)
{
    kin_json_count(json, object, "position", (uint64_t)row->position);
    kin_json_text(json, object, "item", row->item);
    kin_json_text(json, object, "label", row->label);
    kin_json_box(json, object, "box", row->box.w > 0 ? &row->box : NULL);
    kin_json_number(json, object, "score", row->score);
    kin_json_number(json, object, "probability", row->probability);
    kin_json_text(json, object, "verdict", row->verdict && *row->verdict ? row->verdict : NULL);
    kin_json_text(json, object, "should_be", row->should_be);
    kin_json_text(json, object, "kind", row->kind);
    kin_json_text(json, object, "note", row->note);
    kin_json_text(json, object, "reviewer", row->reviewer);
}

void kin_json_name(kin_json *json, cJSON *object, const char *key, const char *path, const char *shape)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_string(&name, path);
    if (shape)
        kin_buffer_printf(&name, "#%s", shape);
    json->failed |= name.failed;
    kin_json_text(json, object, key, name.data);
    kin_buffer_clear(&name);
}

void kin_json_matches(kin_json *json, const kin_matches *matches)
{
    kin_json_text(json, NULL, "label", matches->label);
    kin_json_count(json, NULL, "searched", matches->searched);
    kin_json_text(json, NULL, "by", kin_ranking_name(matches->by));
    kin_json_text(json, NULL, "given", matches->given);
    kin_json_text(json, NULL, "should_be", matches->should_be);
    kin_json_count(json, NULL, "known", matches->known);
    cJSON *list = kin_json_list(json, NULL, "matches");
    for (size_t i = 0; i < matches->count; i++) {
        const kin_match *match = &matches->list[i];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_count(json, entry, "rank", i + 1);
        kin_json_number(json, entry, "score", match->score);
        kin_json_number(json, entry, "probability", match->probability);
        kin_json_text(json, entry, "why", match->why);
        kin_json_name(json, entry, "item", match->path, match->shape);
        kin_json_text(json, entry, "path", match->path);
        kin_json_text(json, entry, "shape", match->shape);
        kin_json_text(json, entry, "label", match->label);
        kin_json_box(json, entry, "box", match->shape ? &match->box : NULL);
        kin_json_text(json, entry, "verdict", match->grade == KIN_GRADE_NONE ? NULL : kin_grade_name(match->grade));
        kin_json_text(json, entry, "should_be", match->should_be);
    }
}

const char *kin_json_precision(kin_precision precision)
{
    return precision == KIN_PRECISION_DEFAULT ? NULL : kin_precision_name(precision);
}

void kin_json_status(kin_json *json, const kin_status *status)
{
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = { { "assets", status->counts.assets },     { "shapes", status->counts.shapes },
                   { "indexed", status->indexed },          { "pending", status->counts.pending },
                   { "failed", status->counts.failed },     { "unreadable", status->unreadable },
                   { "gone", status->counts.gone },         { "rows", status->rows },
                   { "covered", status->covered },          { "jobs", status->counts.jobs },
                   { "verdicts", status->counts.verdicts }, { "reviewed", status->reviewed },
                   { "mistakes", status->mistakes } };
    kin_json_text(json, NULL, "model", status->model[0] ? status->model : NULL);
    kin_json_text(json, NULL, "precision", kin_json_precision(status->precision));
    kin_json_text(json, NULL, "model_note", status->model_note[0] ? status->model_note : NULL);
    kin_json_text(json, NULL, "annotations", status->annotations[0] ? status->annotations : NULL);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        kin_json_count(json, NULL, counts[i].key, counts[i].value);
}

void kin_json_index(kin_json *json, const char *folder, const kin_describe_summary *s)
{
    kin_json_text(json, NULL, "folder", folder);
    kin_json_text(json, NULL, "model", s->model);
    kin_json_text(json, NULL, "precision", kin_json_precision(s->precision));
    kin_json_text(json, NULL, "annotations", s->annotations[0] ? s->annotations : NULL);
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = { { "files", s->files },           { "shapes_read", s->shapes_read }, { "rejects", s->rejects },
                   { "added", s->added },           { "changed", s->changed },         { "gone", s->gone },
                   { "described", s->described },   { "failed", s->failed },           { "assets", s->assets },
                   { "unreadable", s->unreadable }, { "shapes", s->shapes },           { "threads", s->threads } };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        kin_json_count(json, NULL, counts[i].key, counts[i].value);
    const struct {
        const char *key;
        double value;
    } times[] = { { "scan_seconds", s->scan_seconds },     { "import_seconds", s->import_seconds },
                  { "read_seconds", s->read_seconds },     { "describe_seconds", s->describe_seconds },
                  { "decode_seconds", s->decode_seconds }, { "vector_seconds", s->vector_seconds },
                  { "store_seconds", s->store_seconds },   { "base_seconds", s->base_seconds } };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        kin_json_number(json, NULL, times[i].key, times[i].value);
}

void kin_json_verdict(kin_json *json, const char *item, const kin_verdict *verdict, bool added, uint64_t implied,
                      bool new_label)
{
    kin_json_text(json, NULL, "item", item);
    kin_json_text(json, NULL, "verdict", verdict->grade ? kin_grade_name(verdict->grade) : NULL);
    kin_json_text(json, NULL, "should_be", verdict->should_be);
    kin_json_flag(json, NULL, "added", added);
    kin_json_count(json, NULL, "implied", implied);
    kin_json_flag(json, NULL, "new_label", new_label);
}

void kin_json_import(kin_json *json, int64_t job, const kin_verdicts_summary *summary)
{
    number_or_null(json, NULL, "job", job);
    kin_json_count(json, NULL, "rows", summary->rows);
    kin_json_count(json, NULL, "added", summary->added);
    kin_json_count(json, NULL, "implied", summary->implied);
    kin_json_count(json, NULL, "open", summary->open);
    kin_json_count(json, NULL, "rejects", summary->rejects);
}
