/* locate.h: where the files of a model are. Only looks; opens nothing. */
#ifndef GPT2_LOCATE_H
#define GPT2_LOCATE_H

#include "base/error.h"

/* Paths of a model's files; every string is owned, NULL where there is no such file. */
struct model_files {
    char *checkpoint; /* model.safetensors or model.safetensors.index.json */
    char *config;     /* config.json */
    char *vocab;      /* vocab.json or encoder.json */
    char *merges;     /* merges.txt or vocab.bpe */
    char *tokenizer;  /* tokenizer.json; only when vocab and merges are not both there */
};

/* Finds the model that the user named: a folder, a .safetensors file, an index, or a known name or
 * owner/name in $PATCHGPT_MODELS, $XDG_CACHE_HOME/patchgpt (~/.cache/patchgpt) and the Hugging Face
 * cache ($HF_HUB_CACHE, $HF_HOME/hub, ~/.cache/huggingface/hub). False and err if there is none: the
 * sentence lists where it looked and the command that fetches it, or the nearest known name. */
bool locate_model(const char *name, struct model_files *out, struct pg_error *err);

void model_files_free(struct model_files *files);

#endif
