#include "cli/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Spelling ---- */

enum { spelling_most = 64 };

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap neighbours) from a to b, letters of either case being the same. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > spelling_most || m > spelling_most)
        return SIZE_MAX;
    size_t rows[3][spelling_most + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            now[j] = least_of(last[j - 1] + (x != y), least_of(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]))
                now[j] = least_of(now[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

const char *cli_nearest(const char *word, const char *const *choices, size_t count)
{
    const char *best = NULL;
    size_t least = 1 + strlen(word) / 3;
    for (size_t i = 0; i < count; i++) {
        size_t edits = distance(word, choices[i]);
        if (edits < least || (edits == least && !best)) {
            least = edits;
            best = choices[i];
        }
    }
    return best;
}

/* ---- Parsing ---- */

static const cli_option *option_in(const cli_option *list, const char *name, size_t length, char letter)
{
    for (; list && list->name; list++)
        if (name ? strlen(list->name) == length && memcmp(list->name, name, length) == 0 : list->letter == letter)
            return list;
    return NULL;
}

/* By name, or where name is NULL by letter. */
static const cli_option *option_of(const cli_command *command, const char *name, size_t length, char letter)
{
    const cli_option *option = option_in(command ? command->options : NULL, name, length, letter);
    return option ? option : option_in(cli_global_options, name, length, letter);
}

static int unknown_option(const cli_command *command, const char *typed, int length, kin_error *err)
{
    const char *names[64], *help = command ? command->name : NULL;
    size_t count = 0;
    for (const cli_option *o = command ? command->options : NULL; o && o->name && count < 64; o++)
        names[count++] = o->name;
    for (const cli_option *o = cli_global_options; o->name && count < 64; o++)
        names[count++] = o->name;
    char word[spelling_most];
    snprintf(word, sizeof word, "%.*s", length, typed);
    size_t dashes = strspn(word, "-");
    const char *nearest = dashes == 2 ? cli_nearest(word + dashes, names, count) : NULL;
    if (nearest)
        return kin_fail(err, KIN_E_USAGE, "there is no option %s; did you mean --%s?", word, nearest);
    return kin_fail(err, KIN_E_USAGE, "there is no option %s%s; kin %s%s--help lists those there are", word,
                    command ? "" : " before the command", help ? help : "", help ? " " : "");
}

static void give(cli_args *args, const cli_option *option, const char *value)
{
    args->given[args->given_count].option = option;
    args->given[args->given_count].value = value;
    args->given_count++;
}

/* The value of an option: `inside` where it was part of the same argument, else the next argument. */
static int take_value(cli_args *args, const cli_option *option, const char *inside, int argc, char *const *argv,
                      int *at, kin_error *err)
{
    if (!inside) {
        if (*at >= argc)
            return kin_fail(err, KIN_E_USAGE, "--%s needs a value: --%s %s", option->name, option->name, option->value);
        inside = argv[(*at)++];
    }
    give(args, option, inside);
    return KIN_OK;
}

static int parse_long(cli_args *args, const cli_command *command, int argc, char *const *argv, int *at, kin_error *err)
{
    const char *text = argv[(*at)++], *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const cli_option *option = option_of(command, text + 2, length - 2, 0);
    if (!option)
        return unknown_option(command, text, (int)(length < 60 ? length : 60), err);
    if (option->value)
        return take_value(args, option, equals ? equals + 1 : NULL, argc, argv, at, err);
    if (equals)
        return kin_fail(err, KIN_E_USAGE, "--%s takes no value", option->name);
    give(args, option, NULL);
    return KIN_OK;
}

/* -n5, -n 5, -q. Letters cannot be run together: an argument gives one option. */
static int parse_letter(cli_args *args, const cli_command *command, int argc, char *const *argv, int *at,
                        kin_error *err)
{
    const char *text = argv[(*at)++];
    const cli_option *option = option_of(command, NULL, 0, text[1]);
    if (!option || (!option->value && text[2]))
        return unknown_option(command, text, (int)least_of(strlen(text), 60), err);
    if (option->value)
        return take_value(args, option, text[2] ? text + 2 : NULL, argc, argv, at, err);
    give(args, option, NULL);
    return KIN_OK;
}

static bool is_word(const char *text)
{
    return text[0] != '-' || !text[1] || isdigit((unsigned char)text[1]) || text[1] == '.';
}

int cli_parse(cli_args *args, const cli_command *command, int argc, char *const *argv, int *at, bool one_word,
              kin_error *err)
{
    size_t words = args->words_count;
    bool options = true;
    while (*at < argc && !(one_word && args->words_count > words)) {
        int code = KIN_OK;
        if (options && strcmp(argv[*at], "--") == 0) {
            options = false;
            (*at)++;
        } else if (!options || is_word(argv[*at])) {
            args->words[args->words_count++] = argv[(*at)++];
        } else if (argv[*at][1] == '-') {
            code = parse_long(args, command, argc, argv, at, err);
        } else {
            code = parse_letter(args, command, argc, argv, at, err);
        }
        if (code != KIN_OK)
            return code;
    }
    return KIN_OK;
}

/* ---- What was given ---- */

static const cli_option *declared(const cli_args *args, const char *name)
{
    const cli_option *option = option_of(args->command, name, strlen(name), 0);
    assert(option != NULL);
    return option;
}

bool cli_flag(const cli_args *args, const char *name)
{
    const cli_option *option = declared(args, name);
    for (size_t i = 0; i < args->given_count; i++)
        if (args->given[i].option == option)
            return true;
    return false;
}

const char *cli_text(const cli_args *args, const char *name)
{
    const cli_option *option = declared(args, name);
    for (size_t i = args->given_count; i-- > 0;)
        if (args->given[i].option == option)
            return args->given[i].value;
    return NULL;
}

int cli_list(cli_program *cli, const cli_args *args, const char *name, const char *const **list, size_t *count,
             kin_error *err)
{
    const cli_option *option = declared(args, name);
    const char **values = kin_arena_alloc(&cli->arena, (args->given_count + 1) * sizeof *values);
    if (!values)
        return kin_fail_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < args->given_count; i++)
        if (args->given[i].option == option)
            values[n++] = args->given[i].value;
    *list = values;
    *count = n;
    return KIN_OK;
}

/* ---- Numbers ---- */

static bool whole_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno)
        return false;
    *out = value;
    return true;
}

static bool real_number(const char *text, const char *endings, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || isspace((unsigned char)text[0]) || !strchr(endings, *end) || !isfinite(value))
        return false;
    *out = value;
    return true;
}

int cli_count_word(const char *text, const char *what, uint64_t least, uint64_t most, uint64_t *out, kin_error *err)
{
    uint64_t value;
    if (!whole_number(text, &value) || value < least || value > most) {
        if (most >= INT64_MAX)
            return kin_fail(err, KIN_E_USAGE, "%s is a whole number, at least %llu; not '%s'", what,
                            (unsigned long long)least, text);
        return kin_fail(err, KIN_E_USAGE, "%s is a whole number from %llu to %llu; not '%s'", what,
                        (unsigned long long)least, (unsigned long long)most, text);
    }
    *out = value;
    return KIN_OK;
}

int cli_count(const cli_args *args, const char *name, uint64_t least, uint64_t most, uint64_t *out, kin_error *err)
{
    const char *text = cli_text(args, name);
    char what[40];
    snprintf(what, sizeof what, strlen(name) == 1 ? "-%s" : "--%s", name);
    return text ? cli_count_word(text, what, least, most, out, err) : KIN_OK;
}

int cli_number(const cli_args *args, const char *name, double least, double most, double *out, kin_error *err)
{
    const char *text = cli_text(args, name);
    double value;
    if (!text)
        return KIN_OK;
    if (!real_number(text, "", &value) || value < least || value > most)
        return kin_fail(err, KIN_E_USAGE, "--%s is a number from %g to %g; not '%s'", name, least, most, text);
    *out = value;
    return KIN_OK;
}

int cli_percent(const cli_args *args, const char *name, double least, double most, double *out, kin_error *err)
{
    const char *text = cli_text(args, name), *sign = text ? strchr(text, '%') : NULL;
    double value;
    if (!text)
        return KIN_OK;
    if (!real_number(text, "%", &value) || (sign && sign[1]) || value < least || value > most)
        return kin_fail(err, KIN_E_USAGE, "--%s is a percentage from %g to %g; not '%s'", name, least, most, text);
    *out = value / 100;
    return KIN_OK;
}

int cli_numbers(const char *text, const char *what, double *out, size_t n, kin_error *err)
{
    const char *place = text;
    for (size_t i = 0; i < n; i++) {
        char *end;
        double value = strtod(place, &end);
        if (end == place || !isfinite(value) || *end != (i + 1 < n ? ',' : '\0'))
            return kin_fail(err, KIN_E_USAGE, "%s needs %zu numbers with commas between; not '%s'", what, n, text);
        out[i] = value;
        place = end + 1;
    }
    return KIN_OK;
}
