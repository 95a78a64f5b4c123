"""torch_checkpoint.py: reads what torch.save wrote, without PyTorch.

    checkpoint = Checkpoint(path)
    checkpoint.content       nested dicts of Tensors and plain values
    checkpoint.data(tensor)  its numbers

What it is not: a loader of Python objects. A checkpoint is a pickle, and a pickle can run code; here tensors and
plain values are read, and for anything else in the file there is a stand-in that does nothing. (PyTorch's own
weights_only=True is as safe, but refuses a file for one foreign object in it, and PyTorch 1.13's knows no
floating-point number.) Nothing takes more memory or time than a file of this size has a reason to: what it claims
is compared with what it holds first.

The formats are those of torch/serialization.py in PyTorch: a zip archive since 1.6, a row of pickles before.
"""
import array
import collections
import io
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


class Bounded:
    """A file of which no more can be asked than it has: Python makes room for what is asked before it reads."""

    def __init__(self, file, size):
        self.file = file
        self.size = size

    def read(self, size):
        return self.file.read(min(size, self.size))

    def readline(self):
        return self.file.readline(self.size)


def check_key(key):
    """Only plain keys: the hash of tuples in tuples can take for ever."""
    if not isinstance(key, (str, bytes, int, float, type(None))):
        raise ValueError


class Unpickler(pickle._Unpickler):
    """Of all that a pickle can name, this finds what tensors are made of, and nothing else. It is the one in
    Python that the standard library falls back on: the one in C makes room for whatever number of objects a
    pickle claims to remember."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, file, size):
        super().__init__(Bounded(file, size), encoding="utf-8")
        self.kinds = {}  # of the storages found, by key

    def load_setitem(self):
        check_key(self.stack[-2])
        super().load_setitem()

    def load_setitems(self):
        for key in self.stack[::2]:
            check_key(key)
        super().load_setitems()

    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    for opcode in (pickle.DICT, pickle.ADDITEMS, pickle.FROZENSET, pickle.EXT1, pickle.EXT2, pickle.EXT4):
        del dispatch[opcode[0]]  # torch.save writes none of these

    def find_class(self, module, name):
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return name[:-len("Storage")]
        return {
            ("collections", "OrderedDict"): self.ordered,
            ("torch._utils", "_rebuild_tensor"): self.tensor,
            ("torch._utils", "_rebuild_tensor_v2"): self.tensor,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
        }.get((module, name), Inert)

    @staticmethod
    def ordered(items=()):
        for key, _ in items:
            check_key(key)
        return collections.OrderedDict(items)

    @staticmethod
    def tensor(storage, offset, shape, stride, *_):
        sizes = (offset, *shape, *stride)
        if not isinstance(storage, Storage) or len(shape) != len(stride):
            raise ValueError
        if not all(type(size) is int and 0 <= size < 2 ** 63 for size in sizes):
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

    def __init__(self, path, size):
        self.archive = zipfile.ZipFile(path)
        self.size = size
        pickles = [name for name in self.archive.namelist() if name.endswith("/data.pkl")]
        self.root = pickles[0][:-len("data.pkl")]
        content = self.read("data.pkl")
        self.content = Unpickler(io.BytesIO(content), len(content)).load()
        order = self.root + "byteorder"
        self.little_endian = order not in self.archive.namelist() or self.read("byteorder") == b"little"

    def read(self, name):
        """A file of the archive, which torch.save stores as it is: a compressed one could be of any size."""
        entry = self.archive.getinfo(self.root + name)
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > self.size:
            raise ValueError
        return self.archive.read(entry)

    def storage(self, key):
        return self.read(f"data/{key}")


class OldFile:
    """One from before: five pickles, then every storage's count of numbers and the numbers."""

    def __init__(self, path, size):
        self.file = open(path, "rb")
        if Unpickler(self.file, size).load() != 0x1950A86A20F9469CFC6C:
            raise ValueError
        Unpickler(self.file, size).load()  # the version of the format
        self.little_endian = Unpickler(self.file, size).load()["little_endian"]
        unpickler = Unpickler(self.file, size)
        self.content = unpickler.load()
        self.places = {}
        for key in Unpickler(self.file, size).load():
            (count,) = struct.unpack("<q", self.file.read(8))
            self.places[key] = self.file.tell(), count * ITEM_BYTES[unpickler.kinds[key]]
            if not 0 <= self.places[key][1] <= size:
                raise ValueError
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
        self.size = path.stat().st_size
        self.file = self.whole(lambda: (ZipFile if zipfile.is_zipfile(path) else OldFile)(path, self.size))
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

    def check_sizes(self, tensors):
        """Refuses tensors that are larger together than the file: a shape or a stride is not what it should be."""
        claimed = sum(size_of(tensor) for tensor in set(tensors) if tensor.storage != ZEROS)
        if claimed > self.size:
            raise Refused(f"{self.path} has {self.size} bytes, but its tensors claim {claimed}")

    def data(self, tensor):
        """The tensor's numbers row after row, F64 made F32."""
        if tensor.storage is ZEROS:
            return bytes(size_of(tensor))
        data = self.whole(lambda: gather(memoryview(self.file.storage(tensor.storage.key)), tensor))
        return array.array("f", memoryview(data).cast("d")) if tensor.storage.kind == "Double" else data


def size_of(tensor):
    """Its numbers' bytes."""
    return math.prod(tensor.shape) * ITEM_BYTES[tensor.storage.kind]


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
