/* locate.h: where the files of a model are. Opens only folders and the Hugging Face cache's record
 * of the current snapshot. */
#ifndef MODEL_LOCATE_H
#define MODEL_LOCATE_H

#include "base/error.h"

/* Paths of a model's files, owned; NULL for a file that does not exist. */
struct model_files {
    char *checkpoint; /* model.safetensors or model.safetensors.index.json */
    char *config;     /* config.json */
    char *vocab;      /* vocab.json or encoder.json */
    char *merges;     /* merges.txt or vocab.bpe */
    char *tokenizer;  /* tokenizer.json */
    char *added_tokens, *special_tokens, *tokenizer_config; /* tokenizer descriptions */
};

/* Finds the model of a name. A name is a path if it is an existing folder with a checkpoint, exists
 * and has a /, begins with /, . or ~, or ends like the file of a checkpoint; the other files are
 * then those beside the checkpoint. Any other name is a known one (gpt2, gpt2-medium, gpt2-large,
 * gpt2-xl, distilgpt2) or owner/name, looked for as
 *     $PATCHGPT_MODELS/NAME           (a list of folders with : between them)
 *     $XDG_CACHE_HOME/patchgpt/NAME   (~/.cache/patchgpt/NAME)
 *     models--OWNER--NAME             in $HF_HUB_CACHE, else
 *                                     $HUGGINGFACE_HUB_CACHE, else $HF_HOME/hub, else
 *                                     $XDG_CACHE_HOME/huggingface/hub (~/.cache/huggingface/hub)
 * where gpt2 and openai-community/gpt2, distilgpt2 and distilbert/distilgpt2 are the same. Folders
 * without a checkpoint are skipped. The built-in model "demo" is only a suggestion here. False and
 * err if the model is not found: the sentence lists the places and the command that fetches the
 * model, or the nearest known name, or says that there are only PyTorch weights. */
bool locate_model(const char *name, struct model_files *out, struct pg_error *err);

void model_files_free(struct model_files *files);

#endif
