"""example.py: the most probable next tokens by libpatchgpt.so, without a binding.

    python3 example.py [PATH OF libpatchgpt.so.0]
"""
import ctypes
import sys


class Error(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 2048)]


class Tokens(ctypes.Structure):
    _fields_ = [("ids", ctypes.POINTER(ctypes.c_int)), ("count", ctypes.c_size_t)]


class Prediction(ctypes.Structure):
    _fields_ = [("token", ctypes.c_int), ("logit", ctypes.c_float), ("probability", ctypes.c_float),
                ("rank", ctypes.c_int)]


pg = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libpatchgpt.so.0")
pg.pg_version.restype = ctypes.c_char_p
pg.pg_model_open.restype = ctypes.c_void_p
pg.pg_model_close.argtypes = [ctypes.c_void_p]
pg.pg_tokenize.restype = pg.pg_predict.restype = ctypes.c_bool
pg.pg_tokenize.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(Tokens),
                           ctypes.POINTER(Error)]
pg.pg_predict.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_size_t, ctypes.c_size_t,
                          ctypes.POINTER(Prediction), ctypes.POINTER(Error)]
pg.pg_token_bytes.restype = ctypes.POINTER(ctypes.c_char)
pg.pg_token_bytes.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_size_t)]


def check(done, error):
    if not done:
        sys.exit(f"example.py: {error.text.decode()}")
    return done


error, tokens, top, length = Error(), Tokens(), (Prediction * 3)(), ctypes.c_size_t()
model = check(pg.pg_model_open(b"demo", ctypes.byref(error)), error)
text = b"Michelle Jones was a top-notch student. Michelle"
check(pg.pg_tokenize(model, text, len(text), ctypes.byref(tokens), ctypes.byref(error)), error)
check(pg.pg_predict(model, tokens.ids, tokens.count, len(top), top, ctypes.byref(error)), error)
print("libpatchgpt", pg.pg_version().decode())
for prediction in top:
    token = pg.pg_token_bytes(model, prediction.token, ctypes.byref(length))[:length.value]
    print(f"{prediction.rank}  {token.decode()!r}  {prediction.probability:.4f}")
pg.pg_tokens_free(ctypes.byref(tokens))
pg.pg_model_close(model)
