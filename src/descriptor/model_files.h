#ifndef KIN_DESCRIPTOR_MODEL_FILES_H
#define KIN_DESCRIPTOR_MODEL_FILES_H
/* The files of a neural model: model.onnx and preprocessor_config.json in one folder. */

#include "base/arena.h"
#include "base/buffer.h"
#include "descriptor/preprocess.h"
#include "net/net.h"

typedef struct kin_model_files {
    kin_arena arena;
    char *folder, *onnx_path; /* the arena's */
    kin_buffer onnx;
    uint64_t onnx_hash, config_hash;
    kin_preprocess preprocess;
} kin_model_files;

/* Both: *out begins as zeros, and is to be cleared whatever is returned. */
int kin_model_files_read(const char *folder, kin_model_files *out, kin_error *err);

/* The same but for `onnx`, which stays empty. */
int kin_model_files_hash(const char *folder, kin_model_files *out, kin_error *err);

void kin_model_files_clear(kin_model_files *files);

/* Where the file `name` of the folder is; from the arena, NULL where there is no memory. */
char *kin_model_files_path(kin_model_files *files, const char *name);

/* How the net is to be opened but for its ranges. */
kin_net_options kin_model_files_options(const kin_model_files *files);

/* Opens the net, in float where `ranges` is NULL, and checks that it takes what the config gives and that what comes
 * out can be a descriptor. Messages begin with the file's path. */
int kin_model_files_net(const kin_model_files *files, const kin_net_ranges *ranges, kin_net **out, kin_error *err);

#endif
