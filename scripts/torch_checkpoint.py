"""torch_checkpoint.py: reads what torch.save wrote, without PyTorch.

    checkpoint = Checkpoint(path)
    checkpoint.content       nested dicts of Tensors and plain values
    checkpoint.data(tensor)  its numbers

What it is not: a loader of Python objects. A checkpoint is a pickle, and a pickle can run code; here tensors and
plain values are read, and for anything else in the file there is a stand-in that does nothing. (PyTorch's own
weights_only=True is as safe, but refuses a file for one foreign object in it, and PyTorch 1.13's knows no
floating-point number.)

The formats are those of torch/serialization.py in PyTorch: a zip archive since 1.6, a row of pickles before.
"""
import array
import collections
import math
import os
import pickle
import struct
import zipfile

# Bytes of a number in PyTorch's storages, by the name in front of "Storage".
ITEM_BYTES = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1,
              "Byte": 1, "Bool": 1, "ComplexFloat": 8, "ComplexDouble": 16}

Storage = collections.namedtuple("Storage", "kind key")  # kind as in ITEM_BYTES
Tensor = collections.namedtuple("Tensor", "storage offset shape stride")  # as in PyTorch, counted in numbers
ZEROS = Storage("Float", None)  # as many as a tensor has, in no file


class Refused(Exception):
    """One sentence: what was found, and what was expected."""


class Inert:
    """Stands for every object that is no tensor: takes whatever a pickle does to it, and does nothing."""

    def __init__(self, *_, **__):
        pass

    def ignore(self, *_):
        pass

    __setstate__ = __setitem__ = append = extend = add = ignore


class Unpickler(pickle.Unpickler):
    """Of all that a pickle can name, this finds what tensors are made of, and nothing else."""

    def __init__(self, file):
        super().__init__(file, encoding="utf-8")
        self.kinds = {}  # of the storages found, by key

    def find_class(self, module, name):
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return name[:-len("Storage")]
        return {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor"): self.tensor,
            ("torch._utils", "_rebuild_tensor_v2"): self.tensor,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
        }.get((module, name), Inert)

    @staticmethod
    def tensor(storage, offset, shape, stride, *_):
        sizes = (offset, *shape, *stride)
        if not isinstance(storage, Storage) or not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise ValueError
        return Tensor(storage, offset, tuple(shape), tuple(stride))

    def persistent_load(self, pid):
        _, kind, key, _, _, *view = pid
        if not isinstance(kind, str) or not isinstance(key, str) or any(view):
            raise ValueError
        self.kinds[key] = kind
        return Storage(kind, key)


class ZipFile:
    """A file of torch.save since PyTorch 1.6: a zip archive of one pickle and a file for every storage."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        pickles = [name for name in self.archive.namelist() if name.endswith("/data.pkl")]
        self.root = pickles[0][:-len("data.pkl")]
        with self.archive.open(pickles[0]) as file:
            self.content = Unpickler(file).load()
        order = self.root + "byteorder"
        self.little_endian = order not in self.archive.namelist() or self.archive.read(order) == b"little"

    def storage(self, key):
        return self.archive.read(f"{self.root}data/{key}")


class OldFile:
    """One from before: five pickles, then every storage's count of numbers and the numbers."""

    def __init__(self, path):
        self.file = open(path, "rb")
        if Unpickler(self.file).load() != 0x1950A86A20F9469CFC6C:
            raise ValueError
        Unpickler(self.file).load()  # the version of the format
        self.little_endian = Unpickler(self.file).load()["little_endian"]
        unpickler = Unpickler(self.file)
        self.content = unpickler.load()
        self.places = {}
        for key in Unpickler(self.file).load():
            (count,) = struct.unpack("<q", self.file.read(8))
            self.places[key] = self.file.tell(), count * ITEM_BYTES[unpickler.kinds[key]]
            self.file.seek(self.places[key][1], os.SEEK_CUR)

    def storage(self, key):
        place, size = self.places[key]
        self.file.seek(place)
        return self.file.read(size)


class Checkpoint:
    """What torch.save wrote to a file: nested dicts of tensors and plain values, and the tensors' numbers."""

    def __init__(self, path):
        self.path = path
        if not path.is_file():
            raise Refused(f"{path} is not a file")
        self.file = self.whole(lambda: (ZipFile if zipfile.is_zipfile(path) else OldFile)(path))
        if not self.file.little_endian:
            raise Refused(f"{path} was written on a big-endian machine")
        self.content = self.file.content
        if not isinstance(self.content, dict):
            raise Refused(f"{path} holds a {type(self.content).__name__}, not a state_dict")

    def whole(self, read):
        """read(), where anything that a damaged file can raise is one error."""
        try:
            return read()
        except MemoryError:
            raise
        except OSError as error:
            raise Refused(f"{self.path} could not be read: {error.strerror}") from None
        except Exception:
            raise Refused(f"{self.path} is not a whole file as torch.save writes it") from None

    def data(self, tensor):
        """The tensor's numbers row after row, F64 made F32."""
        if tensor.storage is ZEROS:
            return bytes(math.prod(tensor.shape) * ITEM_BYTES[ZEROS.kind])
        data = self.whole(lambda: gather(memoryview(self.file.storage(tensor.storage.key)), tensor))
        return array.array("f", memoryview(data).cast("d")) if tensor.storage.kind == "Double" else data


def gather(data, tensor):
    """The numbers of a tensor of one or two dimensions in the data of its storage, in the order of its rows."""
    rows, columns = (1, *tensor.shape)[-2:]
    down, right = (1, *tensor.stride)[-2:]
    item = ITEM_BYTES[tensor.storage.kind]
    if right == 1 and (rows == 1 or down == columns):
        found = data[tensor.offset * item:(tensor.offset + rows * columns) * item]
    else:
        numbers = data.cast({2: "H", 4: "I", 8: "Q"}[item])
        starts = range(tensor.offset, tensor.offset + rows * down, down)
        found = b"".join(numbers[start:start + columns * right:right].tobytes() for start in starts)
    if len(found) != rows * columns * item:
        raise ValueError
    return found
