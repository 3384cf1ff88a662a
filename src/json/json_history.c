#include "json/json_answers.h"

#include "base/clock.h"

static void add_next(kin_json *json, const kin_advices *advices)
{
    cJSON *list = kin_json_list(json, NULL, "next");
    for (size_t i = 0; i < advices->count; i++) {
        const kin_advice *advice = &advices->list[i];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_text(json, entry, "kind", kin_advice_kind_name(advice->kind));
        kin_json_text(json, entry, "text", advice->text);
        cJSON *commands = kin_json_list(json, entry, "commands");
        for (size_t k = 0; k < KIN_ADVICE_COMMANDS && advice->commands[k]; k++)
            kin_json_item(json, commands, advice->commands[k]);
    }
}

static void add_audits(kin_json *json, const kin_report *report)
{
    cJSON *list = kin_json_list(json, NULL, "audits");
    for (size_t i = 0; i < report->jobs_count; i++) {
        const kin_job *job = &report->jobs[i].job;
        char created[32];
        if (job->kind != KIN_JOB_AUDIT)
            continue;
        cJSON *entry = kin_json_entry(json, list);
        kin_clock_format(job->created, created);
        kin_json_count(json, entry, "job", (uint64_t)job->id);
        kin_json_text(json, entry, "title", job->title);
        kin_json_text(json, entry, "created", created);
        kin_json_count(json, entry, "seed", job->seed);
        kin_json_text(json, entry, "stratify", job->stratify);
        kin_json_text(json, entry, "unit", kin_unit_name(job->unit));
        kin_json_count(json, entry, "population", (uint64_t)job->population);
        kin_json_count(json, entry, "drawn", job->items);
        kin_json_count(json, entry, "reviewed", job->reviewed);
        kin_json_count(json, entry, "counted", report->jobs[i].counted);
        kin_json_count(json, entry, "mistakes", job->mistakes);
    }
}

static void add_course(kin_json *json, const kin_report *report)
{
    cJSON *list = kin_json_list(json, NULL, "course");
    for (size_t i = 0; i < report->course_count; i++) {
        const kin_score_point *point = &report->course[i];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_count(json, entry, "tasks", point->tasks);
        kin_json_number(json, entry, "score", point->score);
        kin_json_number(json, entry, "lo", point->interval.lo);
        kin_json_number(json, entry, "hi", point->interval.hi);
        kin_json_number(json, entry, "p_pass", point->p_pass);
        kin_json_number(json, entry, "p_fail", point->p_fail);
    }
}

static void add_confusions(kin_json *json, const kin_report *report)
{
    cJSON *list = kin_json_list(json, NULL, "confusions");
    for (size_t i = 0; i < report->confusions_count; i++) {
        const kin_confusion *confusion = &report->confusions[i];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_text(json, entry, "given", confusion->given);
        kin_json_text(json, entry, "right", confusion->right);
        kin_json_count(json, entry, "count", confusion->count);
        cJSON *examples = kin_json_list(json, entry, "examples");
        for (size_t k = 0; k < KIN_CONFUSION_EXAMPLES && confusion->examples[k]; k++)
            kin_json_item(json, examples, confusion->examples[k]);
    }
}

void kin_json_history(kin_json *json, const kin_report *report, const kin_advices *advices)
{
    add_next(json, advices);
    add_confusions(json, report);
    add_audits(json, report);
    add_course(json, report);
}
