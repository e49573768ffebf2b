"""All pairs of a simulation as one compressed table."""

import io
import zlib
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

KINDS: Final = ("entering", "leaving", "moved", "unchanged", "held")

PAIR: Final = np.dtype(
    [
        ("need", "V16"),
        ("offering", "V16"),
        ("kind", np.uint8),
        ("direction", np.uint8),
        ("old_score", np.float64),
        ("new_score", np.float64),
        ("old_rank", np.int16),  # 0: none
        ("new_rank", np.int16),
    ]
)


def pack(table: NDArray[np.void]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, table, allow_pickle=False)
    return zlib.compress(buffer.getvalue(), 1)


def unpack(data: bytes) -> NDArray[np.void]:
    """Rows of PAIR."""
    table: NDArray[np.void] = np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False)
    return table


def proposed(data: bytes) -> dict[tuple[UUID, UUID], tuple[float, int]]:
    """{(need id, offering id): (score, rank)} that the simulated run would have found."""
    return {
        (UUID(bytes=row["need"].tobytes()), UUID(bytes=row["offering"].tobytes())): (
            float(row["new_score"]),
            int(row["new_rank"]),
        )
        for row in unpack(data)
        if row["new_rank"]
    }
