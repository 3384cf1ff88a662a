#include "workspace/pattern_name.h"

#include <string.h>

char *kin_pattern_name(kin_arena *arena, const char *given, const char *right)
{
    if (!right)
        right = "?";
    size_t a = strlen(given), b = strlen(right);
    char *name = kin_arena_alloc(arena, a + b + 3);
    if (!name)
        return NULL;
    memcpy(name, given, a);
    memcpy(name + a, "->", 2);
    memcpy(name + a + 2, right, b + 1);
    return name;
}

/* Number of the label text[0 .. n - 1]: as it stands, else without the spaces around it; -1: none. */
static int label_at(const kin_corpus *corpus, const char *text, size_t n, int32_t *label, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *copy = kin_arena_copy(&arena, text, n);
    *label = copy ? kin_corpus__label(corpus, copy) : -1;
    if (copy && *label < 0) {
        while (n > 0 && copy[n - 1] == ' ')
            copy[--n] = '\0';
        *label = kin_corpus__label(corpus, copy + strspn(copy, " "));
    }
    kin_arena_clear(&arena);
    return copy ? KIN_OK : kin_fail_memory(err);
}

static bool is_unsaid(const char *text)
{
    text += strspn(text, " ");
    return *text == '?' && text[1 + strspn(text + 1, " ")] == '\0';
}

int kin_pattern_parse(const kin_corpus *corpus, const char *name, int32_t *given, int32_t *right, kin_error *err)
{
    const char *arrow = strstr(name, "->");
    if (!arrow)
        return kin_fail(err, KIN_E_USAGE, "a pattern is 'given->right', such as 'pedestrian->skateboarder'; not '%s'",
                        name);
    for (; arrow; arrow = strstr(arrow + 1, "->")) {
        int32_t a = -1, b = -1;
        int code = label_at(corpus, name, (size_t)(arrow - name), &a, err);
        if (code == KIN_OK)
            code = label_at(corpus, arrow + 2, strlen(arrow + 2), &b, err);
        if (code != KIN_OK)
            return code;
        if (a < 0 || (size_t)a >= corpus->labels || (b < 0 && !is_unsaid(arrow + 2)))
            continue;
        *given = a;
        *right = b;
        return KIN_OK;
    }
    return kin_fail(err, KIN_E_NOTFOUND, "no known mistake is '%s'; look at the labels with kin slices --by label",
                    name);
}
