/* What a ledger must be beyond SQLite's own checks: a query each, whose rows are breaches. Draws and verdicts are
 * evidence and are never mended; what is found here is for people. */

#include "ledger/ledger_private.h"

#include "kin/review.h"

#include <stdio.h>
#include <string.h>

/* `sql` gives one row: how many there are, and one of them. */
typedef struct rule {
    const char *breach; /* follows the count */
    const char *what;   /* of the one that is named: "item", "job" */
    const char *sql;
} rule;

#define COUNTED(of) "SELECT count(*), min(id) FROM (" of ")"

static const rule rules[] = {
    { "items have a state that there is not", "item", COUNTED("SELECT id FROM item WHERE state NOT BETWEEN 0 AND 4") },
    { "images have no file, or shapes have one", "item",
      COUNTED("SELECT i.id FROM item i LEFT JOIN asset f ON f.id = i.id "
              "WHERE (i.asset IS NULL) <> (f.id IS NOT NULL)") },
    { "shapes lie on what is no image", "item",
      COUNTED("SELECT s.id FROM item s JOIN item a ON a.id = s.asset WHERE a.asset IS NOT NULL") },
    { "shapes are in use on images that are gone", "item",
      COUNTED("SELECT s.id FROM item s JOIN item a ON a.id = s.asset WHERE s.state < 3 AND a.state >= 3") },
    { "attributes have a key or value without a name", "item",
      COUNTED("SELECT item AS id FROM attribute WHERE key NOT IN (SELECT id FROM name) "
              "OR value NOT IN (SELECT id FROM name)") },
    { "verdicts are about items that there are not", "verdict",
      COUNTED("SELECT id FROM verdict WHERE item NOT IN (SELECT id FROM item)") },
    { "verdicts have a grade, a count or a time that cannot be", "verdict",
      COUNTED("SELECT id FROM verdict WHERE grade NOT BETWEEN 0 AND 3 OR count < 1 OR time <= 0") },
    { "verdicts were given in jobs that there are not", "verdict",
      COUNTED("SELECT id FROM verdict WHERE job IS NOT NULL AND job NOT IN (SELECT id FROM job)") },
    { "jobs are of no known kind or unit", "job",
      COUNTED("SELECT id FROM job WHERE kind NOT BETWEEN 1 AND 4 OR unit NOT BETWEEN 1 AND 2") },
    { "jobs go on with a job that there is not", "job",
      COUNTED("SELECT id FROM job WHERE origin IS NOT NULL AND origin NOT IN (SELECT id FROM job)") },
    { "jobs have items that there are not", "job",
      COUNTED("SELECT job AS id FROM job_item WHERE item NOT IN (SELECT id FROM item)") },
    { "jobs have gaps in the order of their items", "job",
      COUNTED("SELECT job AS id FROM job_item GROUP BY job HAVING min(position) <> 1 OR max(position) <> count(*)") },
    { "audits drew items of the other unit", "job",
      COUNTED("SELECT j.id FROM job j JOIN job_item d ON d.job = j.id JOIN item i ON i.id = d.item "
              "WHERE j.kind = 1 AND (i.asset IS NULL) <> (j.unit = 1)") },
    { "audits drew more items than there were", "job",
      COUNTED("SELECT j.id FROM job j WHERE j.kind = 1 AND (SELECT count(*) FROM job_item d WHERE d.job = j.id) > "
              "j.population") },
    { "audits have strata that do not add up to what they drew from", "job",
      COUNTED("SELECT j.id FROM job j JOIN stratum s ON s.job = j.id WHERE j.kind = 1 GROUP BY j.id "
              "HAVING sum(s.population) <> j.population OR min(s.number) <> 0 OR max(s.number) <> count(*) - 1") },
    { "strata did not draw what they say", "job",
      COUNTED("SELECT s.job AS id FROM stratum s LEFT JOIN job_item d ON d.job = s.job AND d.stratum = s.number "
              "GROUP BY s.job, s.number HAVING count(d.item) <> s.drawn OR s.drawn > s.population") },
    { "items were drawn from strata that there are not", "job",
      COUNTED("SELECT d.job AS id FROM job_item d JOIN job j ON j.id = d.job LEFT JOIN stratum s ON s.job = d.job AND "
              "s.number = d.stratum WHERE j.kind = 1 AND s.job IS NULL "
              "AND (d.stratum <> 0 OR j.stratify IS NOT NULL)") },
    { "items of audits have another chance of being drawn than their draw gave them", "job",
      COUNTED("SELECT d.job AS id FROM job_item d JOIN job j ON j.id = d.job LEFT JOIN stratum s ON s.job = d.job AND "
              "s.number = d.stratum JOIN (SELECT job, count(*) AS n FROM job_item GROUP BY job) c ON c.job = d.job "
              "WHERE j.kind = 1 AND (d.probability IS NULL OR abs(d.probability - CASE WHEN s.job IS NULL "
              "THEN 1.0 * c.n / j.population ELSE 1.0 * s.drawn / s.population END) > 1e-9)") },
    { "items were drawn by two audits of one unit", "item",
      COUNTED("SELECT d.item AS id FROM job_item d JOIN job j ON j.id = d.job WHERE j.kind = 1 "
              "GROUP BY j.unit, d.item HAVING count(*) > 1") },
};

typedef struct checking {
    int (*take)(void *user, const char *breach, kin_error *err);
    void *user;
    const rule *rule;
} checking;

static int take_integrity(void *user, sqlite3_stmt *row, kin_error *err)
{
    const checking *c = user;
    const char *text = kin_ledger__column(row, 0);
    if (!text || strcmp(text, "ok") == 0)
        return KIN_OK;
    return c->take(c->user, text, err);
}

static int take_reference(void *user, sqlite3_stmt *row, kin_error *err)
{
    const checking *c = user;
    char text[200];
    const char *from = kin_ledger__column(row, 0), *to = kin_ledger__column(row, 1);
    (void)snprintf(text, sizeof text, "%lld rows of the table %.60s name one of %.60s that is not there",
                   (long long)sqlite3_column_int64(row, 2), from ? from : "?", to ? to : "?");
    return c->take(c->user, text, err);
}

static int take_rule(void *user, sqlite3_stmt *row, kin_error *err)
{
    const checking *c = user;
    char text[200];
    long long count = sqlite3_column_int64(row, 0);
    if (count == 0)
        return KIN_OK;
    (void)snprintf(text, sizeof text, "%lld %s (%s %lld)", count, c->rule->breach, c->rule->what,
                   (long long)sqlite3_column_int64(row, 1));
    return c->take(c->user, text, err);
}

int kin_ledger_check(kin_ledger *ledger, int (*take)(void *user, const char *breach, kin_error *err), void *user,
                     kin_error *err)
{
    checking c = { take, user, NULL };
    int code = kin_ledger__each_of_text(ledger, "PRAGMA integrity_check(20)", NULL, 0, take_integrity, &c, err);
    if (code == KIN_OK)
        code = kin_ledger__each_of_text(ledger,
                                "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2", NULL,
                                0, take_reference, &c, err);
    for (size_t i = 0; code == KIN_OK && i < sizeof rules / sizeof *rules; i++) {
        c.rule = &rules[i];
        code = kin_ledger__each_of_text(ledger, rules[i].sql, NULL, 0, take_rule, &c, err);
    }
    return code;
}

static int take_number(void *user, sqlite3_stmt *row, kin_error *err)
{
    (void)err;
    *(int64_t *)user = sqlite3_column_int64(row, 0);
    return KIN_OK;
}

int kin_ledger_vacuum(kin_ledger *ledger, bool *done, kin_error *err)
{
    int64_t pages = 0, unused = 0;
    *done = false;
    int code = kin_ledger__each_of_text(ledger, "PRAGMA page_count", NULL, 0, take_number, &pages, err);
    if (code == KIN_OK)
        code = kin_ledger__each_of_text(ledger, "PRAGMA freelist_count", NULL, 0, take_number, &unused, err);
    if (code != KIN_OK || unused * 4 < pages)
        return code;
    code = kin_ledger__script(ledger, "VACUUM", err);
    *done = code == KIN_OK;
    return code;
}
