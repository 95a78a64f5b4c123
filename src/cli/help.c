/* help.c: see help.h. Lines are at most 100 columns. */
#include "cli/help.h"

#include <stdio.h>

#define USAGE                                                                                      \
    "usage: patchgpt --clean TEXT --corrupt TEXT --tokens A B [options]\n"                         \
    "       patchgpt predict TEXT [options]\n"                                                     \
    "       patchgpt tokenize TEXT [options]\n"                                                    \
    "       patchgpt detokenize IDS [options]\n"                                                   \
    "       patchgpt info [options]\n"                                                             \
    "       patchgpt batch FILE --output DIR [options]\n"                                          \
    "       patchgpt merge DIR... --output DIR [options]\n"

#define MODEL                                                                                      \
    "Model\n"                                                                                      \
    "  -m, --model MODEL          gpt2 (default), gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 "   \
    "or\n"                                                                                         \
    "                             OWNER/NAME; demo, which is built in; or a folder or a\n"         \
    "                             .safetensors file. Names are looked for in $PATCHGPT_MODELS,\n"  \
    "                             ~/.cache/patchgpt and the Hugging Face cache\n"

#define THREADS                                                                                    \
    "      --threads N            use N threads (default: one per core); the results are the "     \
    "same\n"

#define TOP "      --top N                show the N most probable tokens (default 20)\n"

#define PREPEND_BOS "      --prepend-bos          put <|endoftext|> in front of every text\n"

#define MARKDOWN "      --markdown             print tables as Markdown, to paste into a report\n"

#define HELP "  -h, --help                 this text\n"

#define EXIT_CODES                                                                                 \
    "Exit codes\n"                                                                                 \
    "  0 done   1 it failed   2 the command line is wrong   3 --check found a difference\n"        \
    "  4 some experiments of a batch failed\n"

static const char experiment_help[] = USAGE
    "\n"
    "Which activations make a GPT-2 model say A rather than B? patchgpt runs a clean text and a\n"
    "corrupted text of equally many tokens, puts single activations of the clean run into the\n"
    "corrupted run, one at a time, and shows how far each moves logit(A) - logit(B) of the next "
    "token,\n"
    "or another metric.\n"
    "\n"
    "Commands\n"
    "  (none)                     the experiment; its options follow\n"
    "  predict                    the most probable next tokens of a text\n"
    "  tokenize                   the tokens of a text\n"
    "  detokenize                 the text of tokens\n"
    "  info                       what the model is\n"
    "  batch                      many experiments from a file, and their mean\n"
    "  merge                      the parts of a batch that was split, as one\n"
    "  Each has a help of its own: patchgpt help predict, or predict --help\n"
    "\n"
    "Experiment\n"
    "      --clean TEXT           the text whose activations are put in; - is standard input\n"
    "      --corrupt TEXT         the text that they are put into\n"
    "      --tokens A [B]         texts of one token each; most begin with a space: \" Smith\".\n"
    "                             Given several times, the metric is the mean. A word like -x or\n"
    "                             --x behind A is the next option; use --token-ids for such a B\n"
    "      --clean-ids 1,2,3      the same as token ids, for models without a tokenizer;\n"
    "      --corrupt-ids 1,5,3    both kinds can be mixed\n"
    "      --token-ids A,B\n" PREPEND_BOS
    "      --noising              patch corrupted activations into the clean run instead\n"
    "\n"
    "What is patched\n"
    "      --site SITE,SITE,...   by layer and position: resid_post (default), the output of a "
    "layer;\n"
    "                             resid_pre, resid_mid, attn_out, mlp_out. By layer, head and\n"
    "                             position: z, q, k, v, pattern. By layer and head, all positions "
    "at\n"
    "                             once: z_all, q_all, k_all, v_all, pattern_all. block is\n"
    "                             resid_pre,attn_out,mlp_out; heads is the five _all\n"
    "      --layers LIST          only these layers: numbers and ranges counted from 0, such as\n"
    "                             0-3,7, or from the end, -1 being the last\n"
    "      --heads LIST           only these heads\n"
    "      --positions LIST       only these positions; diff stands for those that differ\n"
    "\n"
    "What is measured\n"
    "      --metric METRIC        logit_diff (default): logit(A) - logit(B); logit, logprob, prob: "
    "of\n"
    "                             A, or of A less that of B; loss: -log p(A), whatever B is; kl: "
    "how\n"
    "                             far the distribution is from the clean run's, without --tokens\n"
    "      --read-position N      after this position, not the last; later patches change nothing\n"
    "\n" MODEL "\n";

/* The rest of it: a string of C may have 4095 characters. */
static const char experiment_output_help[] =
    "Output\n"
    "  -o, --output PREFIX        write PREFIX.csv and PREFIX.png (default: patchgpt.csv and\n"
    "                             patchgpt.png); a folder that is there gets these two\n"
    "      --csv FILE             write the table to FILE, and no picture unless that is named "
    "too\n"
    "      --png FILE             write the picture to FILE, and no table unless that is named "
    "too\n"
    "                             The FILE - is standard output, where no report is printed then\n"
    "      --show WHAT            what the picture shows of each patch: value (default), the "
    "metric;\n"
    "                             recovered, its share of the way from the corrupted run (0) to "
    "the\n"
    "                             clean one (1); change, the metric less that of the run without\n"
    "                             patches; gap, less the clean run's. All but value are drawn in\n"
    "                             rdbu, white at 0.5, 0 and 0, recovered from 0 to 1, unless the\n"
    "                             colours below say otherwise\n"
    "      --colormap MAP         viridis (default), magma, greys, or rdbu, centered on the run "
    "without\n"
    "                             patches\n"
    "      --vmin X, --vmax X     the values at the ends of the colours\n"
    "      --center X             the value in the middle of the colours\n"
    "      --terminal             draw the picture below the report too, in the terminal's "
    "colours\n"
    "      --check FILE           compare the values with those of an earlier run's table; "
    "writes\n"
    "                             no files but those that are named\n"
    "      --tolerance X          how far values may be from those of --check (default 0: same "
    "bits)\n" TOP MARKDOWN "      --json                 print the report as JSON\n"
    "      --quiet                print errors alone\n"
    "\n"
    "Other\n" THREADS HELP "  -V, --version              the version\n"
    "\n" EXIT_CODES "\n"
    "Examples\n"
    "  patchgpt --clean \"Michelle Jones was a top-notch student. Michelle\" \\\n"
    "           --corrupt \"Michelle Smith was a top-notch student. Michelle\" \\\n"
    "           --tokens \" Smith\" \" Jones\" --output michelle\n"
    "  patchgpt --model demo --clean \"Mary went to the store because\" \\\n"
    "           --corrupt \"John went to the store because\" --tokens \" she\" \" he\" --csv -\n"
    "  patchgpt --clean \"When John and Mary went to the store, Mary gave a bottle of milk to\" "
    "\\\n"
    "           --corrupt \"When John and Mary went to the store, John gave a bottle of milk to\" "
    "\\\n"
    "           --tokens \" John\" \" Mary\" --site heads --colormap rdbu --output heads\n"
    "  patchgpt --model demo --clean \"Mary went to the store because\" \\\n"
    "           --corrupt \"John went to the store because\" --metric kl --site block --positions "
    "diff,-1\n"
    "  patchgpt predict --model demo \"The Eiffel Tower is in the city of\" --top 5\n";

static const char predict_help[] =
    "usage: patchgpt predict TEXT [options]\n"
    "       patchgpt predict TEXT --tokens A B ...\n"
    "\n"
    "Prints the most probable next tokens: their rank (from 1), token index (the id), text and\n"
    "probability. The TEXT - is read from standard input, without LF or CR LF at its end.\n"
    "\n"
    "Options\n" TOP "      --tokens A [B ...]     these tokens instead of the most probable, any "
    "number of texts of "
    "one\n"
    "                             token each: their rank, logit and probability. They end at the "
    "next\n"
    "                             option, or at --, which the TEXT then follows\n"
    "      --token-ids 1,2,3      the same as token ids\n"
    "      --ids 1,2,3            token ids instead of a TEXT\n" PREPEND_BOS MARKDOWN
    "      --json                 print JSON, with the logits\n"
    "      --logits FILE          write the logits of all tokens: .npy, float32, or .csv\n"
    "                             (position,token_id,logit), which - is too, on standard output\n"
    "      --check FILE           compare them with those in a file that another program may have "
    "made:\n"
    "                             .npy of float32 or float64, or such a CSV, of the last position "
    "or of\n"
    "                             all; a difference is exit code 3\n"
    "      --tolerance X          how far logits may be from those of --check (default 1e-4)\n"
    "      --all-positions        --logits and --check of all positions, not of the last alone\n"
    "      --quiet                print errors alone; with --logits or --check\n" THREADS HELP
    "\n" MODEL "\n" EXIT_CODES "\n"
    "Examples\n"
    "  patchgpt predict \"Michelle Jones was a top-notch student. Michelle\"\n"
    "  patchgpt predict \"Michelle Jones was a top-notch student. Michelle\" --tokens \" Jones\" "
    "\" Smith\"\n"
    "  patchgpt predict --model demo --top 5 - < text.txt\n"
    "  patchgpt predict \"Michelle Jones was a top-notch student. Michelle\" --logits "
    "michelle.npy\n"
    "  patchgpt predict \"Michelle Jones was a top-notch student. Michelle\" --check michelle.npy "
    "--quiet\n";

static const char tokenize_help[] =
    "usage: patchgpt tokenize TEXT [options]\n"
    "\n"
    "Prints the tokens of a text, their position, token index (the id) and text, and how many "
    "there\n"
    "are. With the TEXT - every line of standard input is a text of its own. Tokens that the "
    "model's\n"
    "files declare, such as <|user|>, are found in the text.\n"
    "\n"
    "Options\n"
    "      --ids                  print the ids alone, on one line with commas between "
    "them\n" PREPEND_BOS MARKDOWN
    "      --json                 print JSON, one line for each text\n" HELP "\n" MODEL "\n"
    "Examples\n"
    "  patchgpt tokenize \" top-notch\"\n"
    "  patchgpt tokenize --model demo --ids - < lines.txt\n";

static const char detokenize_help[] = "usage: patchgpt detokenize IDS [options]\n"
                                      "\n"
                                      "Prints the text of tokens, byte for byte, and a newline. "
                                      "IDS are token ids with commas between\n"
                                      "them, as tokenize --ids prints them; with - every line of "
                                      "standard input is a list of its own.\n"
                                      "\n"
                                      "Options\n"
                                      "      --json                 print JSON, one line for each "
                                      "list: the text and its tokens\n" HELP "\n" MODEL "\n"
                                      "Examples\n"
                                      "  patchgpt detokenize 48736,5437,373\n";

static const char info_help[] =
    "usage: patchgpt info [options]\n"
    "\n"
    "Prints what the model is: its files, shape, parameters and tokenizer, and what it runs on.\n"
    "\n"
    "Options\n"
    "      --json                 print JSON\n" THREADS HELP "\n" MODEL "\n"
    "Examples\n"
    "  patchgpt info --model demo\n";

static const char batch_help[] =
    "usage: patchgpt batch FILE --output DIR [options]\n"
    "\n"
    "Runs many experiments from a file and writes their tables, a summary and the mean over all.\n"
    "FILE has one experiment a line, as a JSON object; - is standard input. Blank lines are "
    "skipped.\n"
    "\n"
    "Fields of a line\n"
    "  clean, corrupt             the texts; or clean_ids, corrupt_ids: arrays of token ids\n"
    "  tokens                     [A, B], or several: [[A, B], [C, D]]; [A] for one token;\n"
    "                             or token_ids, the same with token ids\n"
    "  id                         the name of its files, of letters, digits, '-', '_' and '.';\n"
    "                             without it line-17. No two may differ in case alone\n"
    "  site, metric, noising, layers, heads, positions, read_position, prepend_bos\n"
    "                             as the options of an experiment; lists also as arrays of "
    "numbers\n"
    "  labels                     names for positions, to average over texts of any length:\n"
    "                             {\"IO\": 2, \"S2\": 10, \"end\": -1}; negative from the end\n"
    "  comment, metadata, template, and what begins with _\n"
    "                             the data set's own, not read; more with --ignore\n"
    "      --ignore NAME,...      fields that are not read either\n"
    "\n"
    "For the lines that do not say\n"
    "      --site SITE,...  --metric METRIC  --noising  --layers LIST  --heads LIST\n"
    "      --positions LIST  --read-position N  --prepend-bos        as in patchgpt --help\n"
    "\n"
    "Output\n"
    "  -o, --output DIR           the folder to write to; it is made if it is not there:\n"
    "                             ID.csv          the table of each experiment\n"
    "                             summary.csv     a row for each: its metrics, the cell with the\n"
    "                                             largest effect, or the error\n"
    "                             mean.csv        means and standard errors, by site, layer, head\n"
    "                                             and position, or label where there are labels\n"
    "                             mean.png, mean_recovered.png        the means as pictures\n"
    "      --png                  ID.png too, the picture of each experiment\n"
    "      --show WHAT            what these show, as in patchgpt --help; with another WHAT than "
    "value\n"
    "                             --vmin, --vmax and --center are for them alone\n"
    "      --colormap MAP, --vmin X, --vmax X, --center X\n"
    "                             for the pictures, as in patchgpt --help\n"
    "      --resume               go on where an earlier run on DIR was interrupted: experiments "
    "whose\n"
    "                             files are there, made by the same model from the same line, stay "
    "as\n"
    "                             they are, even pictures in other colours or of another --show\n"
    "      --shard I/N            only every N-th experiment, from the I-th on; patchgpt merge "
    "makes one\n"
    "                             folder of the N, the same as without --shard\n"
    "      --check DIR            compare each experiment's values with those in DIR/ID.csv\n"
    "      --tolerance X          how far values may be from those of --check (default 0: same "
    "bits)\n"
    "      --quiet                print errors alone\n"
    "\n";

static const char batch_other_help[] =
    "Other\n" THREADS HELP "\n" MODEL "\n" EXIT_CODES "\n"
    "Examples\n"
    "  patchgpt batch pairs.jsonl --model demo --output pairs\n"
    "  patchgpt batch pairs.jsonl --model demo --output pairs --resume\n"
    "  patchgpt batch pairs.jsonl --site heads --shard 2/4 --output part2\n"
    "\n"
    "  A line of pairs.jsonl, in full:\n"
    "  {\"clean\": \"Mary went to the store because\", \"corrupt\": \"John went to the store "
    "because\",\n"
    "   \"tokens\": [\" she\", \" he\"]}\n";

static const char merge_help[] =
    "usage: patchgpt merge DIR... --output DIR [options]\n"
    "\n"
    "Makes one folder of those that batch --shard wrote, the same as one run on the whole file.\n"
    "\n"
    "Options\n"
    "  -o, --output DIR           the folder to write to; it is made if it is not there\n"
    "      --colormap MAP, --vmin X, --vmax X, --center X\n"
    "                             for the pictures of the means, as in patchgpt --help\n"
    "      --quiet                print errors alone\n" HELP "\n"
    "Examples\n"
    "  patchgpt merge part1 part2 part3 part4 --output whole\n";

void print_usage(void) {
    fputs(USAGE "       patchgpt --help\n", stderr);
}

void print_help(enum command command) {
    static const char *const texts[N_COMMANDS][2] = {
        [COMMAND_EXPERIMENT] = {experiment_help, experiment_output_help},
        [COMMAND_PREDICT] = {predict_help, ""},
        [COMMAND_TOKENIZE] = {tokenize_help, ""},
        [COMMAND_DETOKENIZE] = {detokenize_help, ""},
        [COMMAND_INFO] = {info_help, ""},
        [COMMAND_BATCH] = {batch_help, batch_other_help},
        [COMMAND_MERGE] = {merge_help, ""},
    };
    fputs(texts[command][0], stdout);
    fputs(texts[command][1], stdout);
}
