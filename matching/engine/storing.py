"""Dataclasses of arrays as files: one .npy an array, named by its path of attributes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def leaves(value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """(path of attributes, array) of a dataclass whose fields are arrays or such dataclasses."""
    return ((path, np.asarray(attrgetter(path)(value))) for path in _paths(cast(Any, type(value))))


@cache
def _paths(kind: Any) -> tuple[str, ...]:
    return tuple(
        f"{name}.{path}" if path else name
        for name, hint in _columns(kind)
        for path in (_paths(hint) if is_dataclass(hint) else [""])
    )


@cache
def _columns(kind: Any) -> tuple[tuple[str, type[Any]], ...]:
    hints = get_type_hints(kind)
    return tuple((column.name, cast(type[Any], hints[column.name])) for column in fields(kind))


def assembled(kind: type[T], arrays: Mapping[str, NDArray[Any]], path: str = "") -> T:
    """The inverse of `leaves`. Raises KeyError when an array is missing."""
    parts = {}
    for name, hint in _columns(cast(Any, kind)):
        where = f"{path}.{name}" if path else name
        parts[name] = assembled(hint, arrays, where) if is_dataclass(hint) else arrays[where]
    return kind(**parts)


def save(folder: Path, value: Any) -> None:
    for name, array in leaves(value):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Small arrays in one piece; files of many arrays take longer to write than to compute."""
    told = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    head = json.dumps(told).encode()
    parts = (np.ascontiguousarray(array).tobytes() for array in arrays.values())
    return b"".join((len(head).to_bytes(4, "little"), head, *parts))


def unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """The inverse of `packed`."""
    offset = 4 + int.from_bytes(data[:4], "little")
    arrays = {}
    for name, (dtype, shape) in json.loads(data[4:offset]).items():
        array = np.frombuffer(data, dtype, math.prod(shape), offset).reshape(shape).copy()
        arrays[name] = array
        offset += array.nbytes
    return arrays


def load(kind: type[T], folder: Path) -> T:
    """The arrays as memory maps that processes share; what one of them writes is its own."""
    arrays = {
        file.stem: np.asarray(np.load(file, mmap_mode="c", allow_pickle=False))
        for file in folder.glob("*.npy")
    }
    return assembled(kind, arrays)
