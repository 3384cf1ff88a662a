/* Where models lie: a folder each, with model.onnx and preprocessor_config.json in it. Names are looked for in the
 * environment's KIN_MODELS; where that is not set, where an installation holds them beside the running program or
 * libkin, wherever it was moved to, then in the source tree, then where they were meant to be installed. A folder of the
 * user's own is known by its path. */
#include "descriptor/model.h"

#include "base/file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool holds_model(kin_arena *arena, const char *folder)
{
    const char *file = kin_path_join(arena, folder, "model.onnx");
    return file && kin_file_exists(file);
}

/* The file that this code was loaded from: the program, or libkin.so in whatever program. The kernel tells by the
 * addresses of a mapping: "7f0a..-7f0b.. r-xp offset device inode   /path". */
static bool file_of_code(char *path, size_t size)
{
    static const char here = 0;
    char line[4096 + 128];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        char *end = NULL, *name = strchr(line, '/');
        uintptr_t first = (uintptr_t)strtoull(line, &end, 16);
        uintptr_t last = *end == '-' ? (uintptr_t)strtoull(end + 1, NULL, 16) : 0;
        found = name && (uintptr_t)&here >= first && (uintptr_t)&here < last;
        if (found)
            (void)snprintf(path, size, "%.*s", (int)strcspn(name, "\n"), name);
    }
    if (maps)
        (void)fclose(maps);
    return found;
}

/* The models of the installation that the running program belongs to, or libkin; NULL where that cannot be told. */
static const char *beside_code(kin_arena *arena)
{
    char code[4096], program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0)
        return NULL;
    program[n] = '\0';
    bool library = file_of_code(code, sizeof code) && strcmp(code, program) != 0;
    const char *file = library ? code : program;
    char *folder = kin_arena_copy(arena, file, (size_t)(kin_path_base(file) - file));
    return folder ? kin_path_join(arena, folder, library ? KIN_MODELS_FROM_LIBRARY : KIN_MODELS_FROM_PROGRAM) : NULL;
}

/* Looks in the folders of models. *folder stays NULL where the name is not there. */
static int locate_name(kin_arena *arena, const char *name, const char **folder, kin_error *err)
{
    const char *own = getenv("KIN_MODELS");
    const char *source = KIN_MODELS_SOURCE[0] ? KIN_MODELS_SOURCE : NULL;
    const char *const places[] = { own, own ? NULL : beside_code(arena), own ? NULL : source,
                                   own ? NULL : KIN_MODELS_INSTALLED };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *path = places[i] ? kin_path_join(arena, places[i], name) : NULL;
        if (places[i] && !path)
            return kin_fail_memory(err);
        if (path && holds_model(arena, path)) {
            *folder = path;
            return KIN_OK;
        }
    }
    return KIN_OK;
}

static int fail_unknown(const char *name, kin_error *err)
{
    const char *own = getenv("KIN_MODELS");
    return kin_fail(err, KIN_E_NOTFOUND,
                    "there is no model '%.60s'; there is: classic, a folder with model.onnx in it, and the folders in "
                    "%.80s",
                    name, own               ? own
                    : KIN_MODELS_SOURCE[0] ? KIN_MODELS_SOURCE
                                           : KIN_MODELS_INSTALLED);
}

int kin_model__locate(kin_arena *arena, const char *name, const char **folder, const char **full_name, kin_error *err)
{
    const char *found = NULL;
    bool plain = name[0] && name[0] != '.' && !strchr(name, '/');
    int code = plain ? locate_name(arena, name, &found, err) : KIN_OK;
    if (code != KIN_OK)
        return code;
    if (found) {
        *folder = found;
        *full_name = kin_arena_string(arena, name);
        return *full_name ? KIN_OK : kin_fail_memory(err);
    }
    if (!name[0] || !holds_model(arena, name))
        return fail_unknown(name, err);
    char *absolute = realpath(name, NULL);
    if (!absolute)
        return kin_fail_errno(err, "find", name);
    found = kin_arena_string(arena, absolute);
    free(absolute);
    if (!found)
        return kin_fail_memory(err);
    *folder = *full_name = found;
    return KIN_OK;
}
