/* assets.h: files built into the library (see assets.S.in). Each symbol's bytes end at its _end,
 * where a zero byte follows. */
#ifndef BASE_ASSETS_H
#define BASE_ASSETS_H

extern const char asset_font[], asset_font_end[];
extern const char asset_demo_config[], asset_demo_config_end[];
extern const char asset_demo_vocab[], asset_demo_vocab_end[];
extern const char asset_demo_merges[], asset_demo_merges_end[];
extern const char asset_demo_weights[], asset_demo_weights_end[];

#endif
