/* locate.h: where the files of a model are. Only looks; opens nothing but folders and the Hugging
 * Face cache's note of which snapshot counts. */
#ifndef MODEL_LOCATE_H
#define MODEL_LOCATE_H

#include "base/error.h"

/* Paths of a model's files; every string is owned, NULL where there is no such file. */
struct model_files {
    char *checkpoint; /* model.safetensors or model.safetensors.index.json */
    char *config;     /* config.json */
    char *vocab;      /* vocab.json or encoder.json */
    char *merges;     /* merges.txt or vocab.bpe */
    char *tokenizer;  /* tokenizer.json */
    char *added_tokens, *special_tokens, *tokenizer_config; /* what else describes a tokenizer */
};

/* Finds the model that the user named. A path (an existing folder with a checkpoint in it, a name
 * with / that exists, anything that begins with /, . or ~ or ends as the file of a checkpoint
 * does) is taken as such; the other files are those beside the checkpoint. Everything else is a
 * known name (gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2) or owner/name, looked for as
 *     $PATCHGPT_MODELS/NAME           (a list of folders with : between them)
 *     $XDG_CACHE_HOME/patchgpt/NAME   (~/.cache/patchgpt/NAME)
 *     models--OWNER--NAME             in $HF_HUB_CACHE, else
 *                                     $HUGGINGFACE_HUB_CACHE, else $HF_HOME/hub, else
 *                                     $XDG_CACHE_HOME/huggingface/hub (~/.cache/huggingface/hub)
 * where gpt2 and openai-community/gpt2, distilgpt2 and distilbert/distilgpt2 are the same. A
 * folder counts if it has a checkpoint. Always looks for files: the built-in model "demo" is not
 * known here but as a suggestion. False and err if there is none: the sentence lists where it
 * looked and the command that fetches it, or the nearest known name, or that there are PyTorch
 * weights only. */
bool locate_model(const char *name, struct model_files *out, struct pg_error *err);

void model_files_free(struct model_files *files);

#endif
