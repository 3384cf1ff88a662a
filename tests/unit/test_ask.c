/* Requests and answers as JSON: what is refused, and that whatever is asked is answered or refused, never worse. What
 * the answers say is compared with the program in tests/package/test_python.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "kin/ask.h"
#include "kin/search.h"

typedef struct fixture {
    char folder[64];
    kin_workspace *workspace;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    kin_error err = KIN_ERROR_INIT;
    assert_non_null(f);
    strcpy(f->folder, "/tmp/kin-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(kin_workspace_open(f->folder, KIN_LEDGER_CREATE, &f->workspace, &err), KIN_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];
    kin_workspace_close(f->workspace);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    (void)!system(command);
    free(f);
    return 0;
}

static void refused(fixture *f, const char *request, const char *text)
{
    kin_error err = KIN_ERROR_INIT;
    char *answer = NULL;
    assert_int_equal(kin_workspace_ask(f->workspace, request, NULL, &answer, &err), KIN_E_USAGE);
    assert_null(answer);
    if (!strstr(err.message, text))
        fail_msg("%s: \"%s\" does not say \"%s\"", request, err.message, text);
}

static void what_cannot_be_read_is_refused(void **state)
{
    refused(*state, "", "no JSON");
    refused(*state, "{", "no JSON");
    refused(*state, "[]", "nothing can be asked");
    refused(*state, "\"status\"", "nothing can be asked");
    refused(*state, "{}", "nothing can be asked");
    refused(*state, "{\"ask\": 1}", "nothing can be asked");
    refused(*state, "{\"ask\": \"frob\"}", "'frob'");
    refused(*state, "{\"ask\": \"status\", \"n\": 1}", "status: there is no 'n'");
    refused(*state, "{\"ask\": \"find\"}", "find: 'items' is missing");
    refused(*state, "{\"ask\": \"find\", \"items\": [1]}", "list of texts");
    refused(*state, "{\"ask\": \"find\", \"items\": {}}", "list of texts");
    refused(*state, "{\"ask\": \"find\", \"items\": \"a\", \"box\": [1, 2, 0, 4]}", "above 0");
    refused(*state, "{\"ask\": \"find\", \"items\": \"a\", \"box\": [1, 2, 3, 4, 5]}", "4 numbers");
    refused(*state, "{\"ask\": \"find\", \"items\": \"a\", \"box\": [1, 2, 3, 1e999]}", "4 numbers");
    refused(*state, "{\"ask\": \"find\", \"items\": \"a\", \"by\": \"kin\"}", "mistake or looks");
    refused(*state, "{\"ask\": \"find\", \"items\": \"a\", \"label\": \"x\", \"any_label\": true}", "exclude");
    refused(*state, "{\"ask\": \"items\", \"where\": {\"a\": null}}", "object of texts");
    refused(*state, "{\"ask\": \"audit\"}", "'n' is missing");
    refused(*state, "{\"ask\": \"audit\", \"n\": 1e300}", "whole number");
    refused(*state, "{\"ask\": \"audit\", \"n\": -1}", "whole number");
    refused(*state, "{\"ask\": \"audit\", \"n\": 3, \"seed\": 9007199254740994}", "'seed' is a whole number");
    refused(*state, "{\"ask\": \"audit\", \"n\": 3, \"floor\": 2}", "stratify");
    refused(*state, "{\"ask\": \"verdict\", \"item\": \"a\"}", "'verdict' is missing");
    refused(*state, "{\"ask\": \"verdict\", \"verdict\": \"ok\"}", "'item' is missing");
    refused(*state, "{\"ask\": \"slices\", \"plain\": 1}", "true or false");
    refused(*state, "{\"ask\": \"slices\", \"weights\": [1, 0]}", "above 0");
    refused(*state, "{\"ask\": \"job_next\", \"job\": 1, \"control\": true, \"dry_run\": true}", "exclude");
    refused(*state, "{\"ask\": \"index\", \"precision\": \"half\"}", "float or int8");
}

static void null_is_as_if_it_were_not_there(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    char *answer = NULL;
    const char *request = "{\"ask\": \"items\", \"label\": null, \"where\": null, \"unit\": null, \"most\": null}";
    assert_int_equal(kin_workspace_ask(f->workspace, request, NULL, &answer, &err), KIN_OK);
    assert_string_equal(answer, "{\"items\":[]}");
    kin_ask_free(answer);
    kin_ask_free(NULL);
}

/* Bytes of good requests changed at random: answered or refused. */
static void damaged_requests_do_no_harm(void **state)
{
    static const char *const good[] = {
        "{\"ask\": \"find\", \"items\": [\"a.jpg#1\", \"b\"], \"box\": [1, 2, 3, 4], \"where\": {\"k\": \"v\"}, \"n\": 5}",
        "{\"ask\": \"slices\", \"by\": [\"label\"], \"sla\": 0.95, \"weights\": [0.2, 1], \"pairs\": true}",
        "{\"ask\": \"verdict\", \"item\": \"a\", \"verdict\": \"ok\", \"count\": 3, \"time\": \"2026-01-01T00:00:00Z\"}",
    };
    fixture *f = *state;
    kin_rng rng;
    kin_rng_seed(&rng, 7);
    for (int i = 0; i < 3000; i++) {
        char request[256];
        (void)snprintf(request, sizeof request, "%s", good[i % 3]);
        for (uint64_t changes = 1 + kin_rng_below(&rng, 3); changes > 0; changes--)
            request[kin_rng_below(&rng, strlen(good[i % 3]))] = (char)(32 + kin_rng_below(&rng, 95));
        kin_error err = KIN_ERROR_INIT;
        char *answer = NULL;
        int code = kin_workspace_ask(f->workspace, request, NULL, &answer, &err);
        assert_int_equal(code == KIN_OK, answer != NULL);
        assert_true(code == KIN_OK || err.message[0]);
        kin_ask_free(answer);
    }
}

static void no_vectors_before_the_first_index(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    size_t dim = 7;
    assert_int_equal(kin_workspace_dim(f->workspace, &dim, &err), KIN_E_NOTFOUND);
    assert_int_equal(dim, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_is_as_if_it_were_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_requests_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_vectors_before_the_first_index, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
